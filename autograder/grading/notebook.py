"""A submission's notebook: repaired from the source, and executed inside the sandbox.

What comes back from either is untrusted: no mark is read from it, and what could run in a browser
is taken out.
"""

import copy
import functools
import json
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from daseCV.language import Message
from daseCV.profile import VARIABLE

from ..collecting.submission import text_of
from ..environment import StudentEnvironment
from ..release.languages import MAGIC
from ..release.notebooks import is_nbgrader, read_notebook, release_notebook
from ..sandbox import Limits, OutOfMemory, OutOfTime, Program, Sandbox, SandboxError
from ..worker.client import overlay_links

STARTING = 60.0  # seconds beyond its own that a notebook's kernel may take to start and to end
LARGEST = 32 * 2**20  # bytes of an executed notebook
TEXT, PICTURE = 100_000, 4_000_000  # characters of one output
MOST_CELLS = 2_000
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
TIMED = re.compile(r"^([ \t]*)%time[ \t]+(?=\S)", re.MULTILINE)
SAFE = ("text/plain", "image/png", "image/jpeg")


def repair(content: bytes | None, source: Path) -> tuple[str, list[Message]]:
    """Put the source's graded cells back where they belong, and say what had to be done.

    Graded and read-only cells are the source's, in its order; the student's other cells stay
    around them. A cell that has lost its name (Colab drops metadata) is known by its text.

    Parameters
    ----------
    content : bytes or None
        What was handed in.
    source : Path
        The source notebook.

    Returns
    -------
    notebook : str
        As JSON.
    notes : list of Message
    """
    original, unchanged = _released(source, source.stat().st_mtime_ns)
    if content is None:
        return unchanged, []
    given = {cell.source for cell in original.cells if cell.cell_type == "markdown"}
    submitted = _parse(content, given)
    if submitted is None:
        unreadable = Message(
            "{name} cannot be read as a notebook: its cells are the released ones", name=source.name
        )
        return unchanged, [unreadable]
    notes: list[Message] = []
    named = {cell.metadata.nbgrader.grade_id: cell for cell in original.cells if is_nbgrader(cell)}
    texts = {_flat(cell.source): name for name, cell in named.items()}
    places: dict[str, int] = {}
    kept: list[Any] = []
    for cell in submitted.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name not in named:
            recovered = texts.get(_flat(cell.source))
            if recovered is None:
                cell.metadata.pop("nbgrader", None)
                kept.append(cell)
                continue
            notes.append(Message("the cell {cell} had lost its name", cell=recovered))
            name = recovered
        if name in places:
            notes.append(Message("the cell {cell} was there twice: one is used", cell=name))
            continue
        places[name] = len(kept)
        kept.append(_restored(named[name], cell, notes))
    order = [name for name in named if name in places]
    if sorted(order, key=places.__getitem__) != order:
        notes.append(Message("graded cells were in another order"))
        cells = [kept[places[name]] for name in order]
        for place, cell in zip(sorted(places.values()), cells, strict=True):
            kept[place] = cell
    missing = [name for name in named if name not in places]
    for name in missing:
        notes.append(Message("the cell {cell} was missing", cell=name))
        before = list(named)[: list(named).index(name)]
        place = max((n + 1 for n, c in enumerate(kept) if _name(c) in before), default=0)
        kept.insert(place, copy.deepcopy(named[name]))
    result = copy.deepcopy(original)
    result.cells = kept
    for number, cell in enumerate(result.cells):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(result), [
        Message("{notebook}: {note}", notebook=source.name, note=note) for note in notes
    ]


@functools.lru_cache(maxsize=8)
def _released(source: Path, _modified: int) -> tuple[Any, str]:
    """A source notebook as it is released, to read only, and the same as JSON."""
    released = release_notebook(read_notebook(source), source.name, source.name)
    return released, nbformat.writes(released)


@functools.lru_cache(maxsize=8)
def blanks_of(notebook: str) -> dict[str, str]:
    """The code cells of a repaired notebook that students fill in, by grade_id, as modules.

    Magics, which no module can have, are left out; what `%time` measures is done.
    """
    return {
        cell.metadata.nbgrader.grade_id: MAGIC.sub(r"\1pass", TIMED.sub(r"\1", cell.source))
        for cell in nbformat.reads(notebook, as_version=4).cells
        if cell.cell_type == "code"
        and is_nbgrader(cell)
        and cell.metadata.nbgrader.get("solution")
        and cell.metadata.nbgrader.grade_id.isidentifier()
    }


def _parse(content: bytes, given: set[str]) -> Any:
    """A notebook of any version that nbformat knows; None where it is none.

    Texts that are not the given ones lose their HTML, which feedback would pass on to a browser;
    raw cells, which would pass as they are, become text.
    """
    try:
        raw = json.loads(text_of(content))
        if len(raw["cells"] if "cells" in raw else raw["worksheets"][0]["cells"]) > MOST_CELLS:
            return None
        notebook = nbformat.reads(json.dumps(raw), as_version=4)
        cells = []
        for cell in notebook.cells:
            if cell.get("cell_type") not in ("code", "markdown", "raw"):
                continue
            text = cell.get("source", "")
            text = without_surrogates(
                "".join(map(str, text)) if isinstance(text, list) else str(text)
            )
            if cell["cell_type"] == "code":
                made = nbformat.v4.new_code_cell(text)
            else:
                made = nbformat.v4.new_markdown_cell(
                    text if text in given else sanitise_markdown(text)
                )
            marked = cell.get("metadata", {}).get("nbgrader", {})
            if isinstance(marked, dict) and isinstance(marked.get("grade_id"), str):
                made.metadata["nbgrader"] = dict(marked)
            cells.append(made)
        return nbformat.v4.new_notebook(cells=cells)
    except Exception:  # nbformat raises many kinds on garbage
        return None


def without_surrogates(text: str) -> str:
    """A text without halves of surrogate pairs: JSON can name them, no file can hold them."""
    return text.encode("utf-8", "replace").decode()


def sanitise_markdown(markdown: str) -> str:
    """Markdown without tags and without links: either can run something in a reader's browser."""
    without_tags = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", markdown)
    return re.sub(r"\](?=\s*[(\[:])", "&#93;", without_tags)


def _restored(source: Any, submitted: Any, notes: list[Message]) -> Any:
    """The source's cell; an answer of the student's keeps its text."""
    cell = copy.deepcopy(source)
    marked = source.metadata.nbgrader
    if marked.get("solution") and submitted.cell_type == source.cell_type:
        cell.source = submitted.source
    elif _flat(submitted.source) != _flat(source.source):
        notes.append(Message("the cell {cell} had been changed", cell=marked.grade_id))
    return cell


def _name(cell: Any) -> str | None:
    found: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
    return found


def _flat(text: str) -> str:
    return "".join(text.split())


def execute(
    notebook: str,
    trees: Sequence[Path],
    sandbox: Sandbox,
    environment: StudentEnvironment,
    data: Path | None,
    seconds: float,
    name: str = "notebook",
) -> tuple[str, list[Message]]:
    """Run a notebook in the sandbox beside a `daseCV`, under its own name.

    Parameters
    ----------
    notebook : str
    trees : sequence of Path
        Folders that make up the package: the release, and over it what the submission has.
    sandbox : Sandbox
    environment : StudentEnvironment
    data : Path or None
        The images.
    seconds : float
        For the whole notebook.
    name : str

    Returns
    -------
    notebook : str
        With outputs; without, where it did not come back.
    notes : list of Message
    """
    with tempfile.TemporaryDirectory(prefix="dasecv-notebook-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        (folder / f"{name}.ipynb").write_text(notebook, encoding="utf-8")
        for tree in trees:
            overlay_links(tree, folder)
        program = Program(
            python=environment.python,
            runtime=environment.runtime,
            script="execute.py",
            arguments=[str(folder), f"{name}.ipynb", str(seconds), "{scratch}"],
            readable=[folder, *([data] if data else [])],
            limits=Limits(
                cpu=int(2 * seconds),
                memory=6 * 1024 * 2**20,
                address_space=16 * 1024 * 2**20,
                processes=128,
                file_size=256 * 2**20,
            ),
            children=True,
            variables=_variables(data),
        )
        try:
            confined = sandbox.start(program)
        except SandboxError as error:
            return notebook, [Message("the notebook was not run: {error}", error=str(error))]
        try:
            deadline = time.monotonic() + seconds + STARTING
            content = confined.read(LARGEST + 1, deadline)
            problem = Message("running the notebook ended early")
        except OutOfTime:
            content = b""
            problem = Message("running the notebook took more than {limit:.0f} s", limit=seconds)
        except OutOfMemory:
            content, problem = b"", Message("running the notebook took too much memory")
        finally:
            confined.end()
        if len(content) > LARGEST:
            content = b""
            problem = Message("the notebook's outputs have more than {most:,} bytes", most=LARGEST)
    executed = _outputs(content, notebook) if content else None
    if executed is None:
        return notebook, [Message("{problem}: no outputs kept", problem=problem)]
    return executed, []


def _variables(data: Path | None) -> dict[str, str]:
    # The second is nbgrader's own sign that a notebook is run for its grader, not for its author.
    variables = {"MPLBACKEND": "agg", "NBGRADER_EXECUTION": "autograde"}
    if data is not None:
        variables["CIFAR10_DIR"] = str(data)
    if VARIABLE in os.environ:
        variables[VARIABLE] = os.environ[VARIABLE]
    return variables


def _outputs(content: bytes, asked: str) -> str | None:
    """Take over outputs alone, cell by cell, and of those what is plain text or a picture."""
    notebook = nbformat.reads(asked, as_version=4)
    try:
        cells = json.loads(content)["cells"]
        for cell, executed in zip(notebook.cells, cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs = [
                    output for given in executed["outputs"][:200] if (output := _safe(given))
                ]
                cell.execution_count = None
        return nbformat.writes(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _safe(output: Any) -> Any:
    kind = output["output_type"]
    if kind == "stream":
        # stdout only: nbgrader takes a line on stderr for a failed test.
        return nbformat.v4.new_output("stream", name="stdout", text=_text(output["text"]))
    if kind == "error":
        return nbformat.v4.new_output(
            "stream", name="stdout", text=_text("\n".join(map(str, output["traceback"])))
        )
    if kind in ("display_data", "execute_result"):
        data = {}
        for key in SAFE:
            if key in output["data"]:
                text = _text(output["data"][key], PICTURE if "image" in key else TEXT)
                if "image" not in key or BASE64.fullmatch(text):  # else it could end its tag
                    data[key] = text
        # A page draws a red frame around a picture without a description.
        described = {key: {"alt": "figure"} for key in data if "image" in key}
        if data:
            return nbformat.v4.new_output("display_data", data=data, metadata=described)
    return None


def _text(value: Any, longest: int = TEXT) -> str:
    text = without_surrogates("".join(map(str, value)) if isinstance(value, list) else str(value))
    return text if len(text) <= longest else text[:longest] + "\n... (cut)"
