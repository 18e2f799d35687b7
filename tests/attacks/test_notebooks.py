"""Hostile notebooks: cells that run in a kernel, and outputs that would run in a browser."""

import json
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bleach._vendor import html5lib  # type: ignore[import-untyped]
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbgrader.server_extensions import formgrader

from autograder.grading import execute as execution
from autograder.grading.assemble import write_submission
from autograder.grading.execute import LARGEST, execute
from autograder.grading.markdown import sanitise_markdown
from autograder.grading.outputs import read_outputs
from autograder.grading.repair import repair
from autograder.texts import printable
from daseCV.language import Message

from .harness import Arena

SCRIPT = "<script>alert(document.cookie)</script>"

# Cells that must fail; each prints SUCCESS if it does what it tries.
CELLS = [
    "open(ROOT + '/daseCV/layers.py'); print('SUCCESS: read the reference')",
    "import autograder; print('SUCCESS: imported the grader')",
    "import socket; socket.create_connection(('192.0.2.1', 80), 1); print('SUCCESS: network')",
    "import socket; socket.socket(socket.AF_VSOCK, 1); print('SUCCESS: the host')",
    "import socket; socket.socket(socket.AF_ALG, 5); print('SUCCESS: the kernel')",
    "import os; open(f'/proc/{os.getppid()}/mem', 'r+b'); print('SUCCESS: its parent')",
    "open('/proc/1/mem', 'r+b'); print('SUCCESS: process 1')",
    "open(ROOT + '/hostile', 'w'); print('SUCCESS: wrote into the course')",
    "import sys; open(sys.prefix + '/sitecustomize.py', 'w'); print('SUCCESS: environment')",
    "import sys; print('on stderr', file=sys.stderr)",
    f"from IPython.display import HTML, Javascript as J; display(HTML('{SCRIPT}'), J('1'))",
    "display({'image/png': '\"><script>alert(1)</script>', 'text/html': '<b>'}, raw=True)",
    "display({'image/svg+xml': '<svg onload=alert(1)>', 'text/latex': '$x$'}, raw=True)",
    "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}}, raw=True)",
    f"raise type('{SCRIPT}', (Exception,), {{}})('{SCRIPT}')",
    "print('\\ud800 \\x1b]0;title\\x07')",
    "print('x' * 10**6)",
    "import os; os.write(1, b'FOUND' * 10); print('the end')",
]

KILLS = "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os.kill(-1, signal.SIGKILL)"
HOARDS = "hoard = []\nwhile True: hoard.append(bytearray(b'x') * 2**28)"
FORKS = """
import os
while True:
    try: os.fork()
    except OSError: pass
"""
DESCRIPTORS = """
import os
for descriptor in range(3, 99):
    try: os.write(descriptor, b"{}")
    except OSError: pass
"""


@pytest.mark.each_tier
def test_a_hostile_notebook_leaves_text_and_pictures(arena: Arena, tmp_path: Path) -> None:
    if arena.grader.sandbox.name == "landlock" and os.geteuid():
        pytest.skip("landlock runs notebooks as root only")
    executed, notes = run(arena, tmp_path, CELLS)

    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert notes == []
    assert "the end" in str(outputs)
    assert [o.text for o in outputs if o.get("text", "").startswith("SUCCESS")] == []
    assert {output.output_type for output in outputs} <= {"stream", "display_data"}
    assert {output.get("name", "stdout") for output in outputs} == {"stdout"}
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "image/png", "image/jpeg"}
    assert "alert(1)" not in str([output.get("data", {}).get("image/png") for output in outputs])
    nbformat.writes(executed).encode()


@pytest.mark.each_tier
def test_an_honest_notebook_runs_as_on_the_student_s_machine(arena: Arena, tmp_path: Path) -> None:
    """Its set-up cell finds nothing missing, and its plots are kept."""
    if arena.grader.sandbox.name == "landlock" and os.geteuid():
        pytest.skip("landlock runs notebooks as root only")
    released = nbformat.read(arena.root / "assignment" / "Dropout.en.ipynb", as_version=4)
    set_up = next(cell.source for cell in released.cells if cell.cell_type == "code")
    plot = "import matplotlib.pyplot as plt\nplt.imshow([[1, 2]])\nplt.show()"
    shell = "import subprocess\nprint(subprocess.run(['ls'], capture_output=True).returncode)"

    executed, notes = run(arena, tmp_path, [set_up, plot, shell])

    output_texts = [str(cell.outputs) for cell in executed.cells]
    assert notes == []
    assert "✓" in output_texts[0]
    assert "✗" not in output_texts[0]
    assert "image/png" in output_texts[1]
    assert "0" in output_texts[2]


@pytest.mark.each_tier
@pytest.mark.parametrize("cell", [KILLS, HOARDS], ids=["kills", "memory"])
def test_a_notebook_that_ends_the_run_loses_only_its_outputs(
    cell: str, arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_only_outputs_lost(cell, arena, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [FORKS, DESCRIPTORS], ids=["forks", "descriptors"])
def test_a_notebook_that_breaks_its_kernel_loses_only_its_outputs(
    cell: str, arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_only_outputs_lost(cell, arena, tmp_path, monkeypatch)


def require_only_outputs_lost(
    cell: str, arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "KERNEL_TIMEOUT", 10.0 * arena.slowdown)
    started = time.monotonic()

    executed, _ = run(arena, tmp_path, ["print('before')", cell], seconds=4)

    assert [given.source for given in executed.cells] == ["print('before')", cell]
    assert time.monotonic() - started < 30 * arena.slowdown
    arena.assert_nobody_harmed()


def run(
    arena: Arena, folder: Path, cells: list[str], seconds: float = 60
) -> tuple[Any, list[Message]]:
    """Execute cells beside the solved package."""
    folder.chmod(0o755)
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    environment = arena.grader.environment
    trees = arena.grader.pool.given.whole, write_submission(arena.solved, folder / "submitted")
    sources = [cell.replace("ROOT", repr(str(arena.root))) for cell in cells]
    asked = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    executed, notes = execute(
        nbformat.writes(asked), trees, arena.grader.sandbox, environment, None, seconds
    )
    return nbformat.reads(executed, as_version=4), notes


ASKED = nbformat.writes(
    nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("2")])
)


def answer(*outputs: Any, cells: int = 2) -> bytes:
    return json.dumps({"cells": [{"outputs": list(outputs), "source": SCRIPT}] * cells}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"null",
        b'{"cells": null}',
        b"\xff\xfe",
        answer(cells=1),
        answer("text"),
        answer({"output_type": "stream"}),
        answer({"output_type": ["stream"], "text": 1}),
        answer({"output_type": "error", "traceback": 7}),
        answer({"output_type": "display_data", "data": [["text/plain"]]}),
    ],
    ids=range(11),
)
def test_a_forged_notebook_is_not_accepted(content: bytes) -> None:
    """A kernel may kill its runner and answer instead of it."""
    executed = read_outputs(content, ASKED)

    assert executed is None or SCRIPT not in executed


def test_a_forged_notebook_adds_no_cells_and_no_metadata() -> None:
    """Only outputs are used, and of those only text and pictures."""
    pictures = {"image/png": '"><script>', "image/jpeg": "aGk=", "text/html": SCRIPT}
    content = answer(
        {"output_type": "display_data", "data": pictures, "metadata": {"x": SCRIPT}},
        {"output_type": "stream", "name": "stderr", "text": "\ud800"},
        {"output_type": "update_display_data", "data": {"text/html": SCRIPT}},
    )

    executed = read_outputs(content, ASKED)

    assert executed is not None
    assert "script" not in executed
    executed.encode()
    cell = nbformat.reads(executed, as_version=4).cells[0]
    assert cell.source == "1"
    assert cell.outputs[0].data == {"image/jpeg": "aGk="}
    assert cell.outputs[1].name == "stdout"


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    base = {"metadata": {}, "outputs": [], "source": ""}
    listed = [{"cell_type": "code", **base, **cell} for cell in cells]
    return json.dumps(
        {"cells": listed, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **more}
    ).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"cells": 7, "nbformat": 4}',
        b'{"nbformat": 3, "worksheets": []}',
        b"\x00" * 1000,
        notebook(*[{}] * 50_000),
        notebook({"source": "'\ud800'"}),
        notebook({"metadata": {"nbgrader": {"grade_id": ["a"]}}}),
        notebook({"metadata": {"nbgrader": {"grade_id": "conv_forward_naive", "points": 1e9}}}),
        notebook({"metadata": {"nbgrader": 7, "x": {}}}, metadata={"kernelspec": {"name": "sh"}}),
        notebook({"cell_type": "raw", "source": SCRIPT, "metadata": {"format": "text/html"}}),
        notebook({"cell_type": "markdown", "source": SCRIPT, "attachments": {"a": {"b": "c"}}}),
        notebook({"outputs": [{"output_type": "display_data", "data": {"text/html": SCRIPT}}]}),
    ],
    ids=range(12),
)
def test_a_hostile_notebook_is_repaired_from_the_source(content: bytes, root: Path) -> None:
    """The released cells occur once, with their own points; nothing else can run."""
    source = root / "assignment" / "ConvolutionalNetworks.ipynb"
    original = nbformat.read(source, as_version=4)
    started = time.process_time()

    repaired, _ = repair(content, source)

    assert time.process_time() - started < 5
    repaired.encode()
    result = nbformat.reads(repaired, as_version=4)
    graded = [cell for cell in result.cells if "nbgrader" in cell.metadata]
    expected = [cell for cell in original.cells if "nbgrader" in cell.metadata]
    assert [(cell.source, cell.metadata.nbgrader) for cell in graded] == [
        (cell.source, cell.metadata.nbgrader) for cell in expected
    ]
    assert result.metadata.kernelspec == original.metadata.kernelspec
    assert SCRIPT not in repaired
    assert not any(cell.get("outputs") for cell in result.cells)
    assert len(repaired) < LARGEST


# Markdown that would run something, or hide the page, if the filter missed one case.
TEXTS = [
    SCRIPT,
    f"`` ` {SCRIPT}",
    f"```\n``\n{SCRIPT}",
    f"~~~\n```\n~~~\n{SCRIPT}\n```",
    f"` `` {SCRIPT} ` ``",
    f"\\`{SCRIPT}`",
    f"$ {SCRIPT}",
    f"$$ $ {SCRIPT}\n\n$",
    f"\\$x {SCRIPT} $",
    f"a $x$ {SCRIPT} $y$",
    f"\\begin{{a}} {SCRIPT} \\end{{b}} $",
    f"\\\\( {SCRIPT} \\\\] \\\\)",
    f"    code\n\n{SCRIPT}",
    f"- item\n\n  {SCRIPT}",
    f"a | b\n- | -\n{SCRIPT} | `|` {SCRIPT}",
    f"```mermaid\n</pre>{SCRIPT}\n```",
    "~~~mermaid-x\ngraph TD; A[<img src=x onerror=alert(1)>]\n~~~",
    f'```"onload=alert(1) x="\n{SCRIPT}\n```',
    "<img src=x onerror=alert(1)>",
    "<!-- --!> <img src=x onerror=alert(1)> -->",
    "<?php ?> <![CDATA[ <svg onload=alert(1)> ]]>",
    "<a\nhref=javascript:alert(1)>x</a>",
    "<style>body { display: none }</style></div></div><form action=//evil>",
    "# <b onmouseover=alert(1)>heading</b>",
    "[x](javascript:alert(1))",
    "[x]( <java\tscript:alert(1)> 'title')",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript&colon;alert(1))",
    "[x](%6Aavascript:alert(1)) [y](\\javascript:alert(1))",
    "[x](vbscript:1) [y](data:text/html;base64,PHNjcmlwdD4=) [z](file:///etc/passwd)",
    "[x](evil.html) [y](/files/evil.html) [z](//evil/x)",
    "[x][y] [y][] [y]\n\n[y]: javascript:alert(1) 'x'",
    "[y]\n\n[y]:\n  <javascript:alert(1)>",
    "> [y]\n>\n> [y]: data:text/html,x",
    '<javascript:alert(1)> <data:text/html,x> <https://a.b/"onclick=alert(1)>',
    "![x](javascript:alert(1)) ![y](https://evil/tracks) ![z](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x](data:image/png;base64,iVBOR" onerror="alert(1)) ![x](x"onerror=alert(1))',
    '[a](https://a.b "x" onclick=alert(1)) [![](javascript:alert(1))](https://a.b)',
    "[a](https://a.b/`) <b onclick=alert(1)> `",
    "[`a](javascript:alert(1))` <i onclick=alert(1)>",
    "![x](attachment:missing.png) ![x](attachment:a.svg)",
    '!["><script>alert(1)</script>](attachment:missing.png)',
    'https://a.b/<script>alert(1)</script> https://a.b"onclick=alert(1)',
    "&lt;script&gt;alert(1)&lt;/script&gt; $&lt;img src=x onerror=alert(1)&gt;$",
    "\ud800<script\x00>alert(1)</script>",
    "<" * 5000 + "a>" + SCRIPT,
    "<b> " + "\\\\[" * 5000,
    SCRIPT * 400,
]


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
def test_hostile_texts_run_nothing_on_the_page(template: str, root: Path) -> None:
    source = root / "assignment" / "Dropout.en.ipynb"
    plain = render_page(template, source, ["x"] * len(TEXTS))
    hostile = render_page(template, source, TEXTS)

    assert dangers(hostile) == dangers(plain)
    assert hostile.count("alert(1)") > 30  # they are shown


@pytest.mark.parametrize("text", TEXTS)
def test_the_content_of_a_text_reaches_no_tag(text: str) -> None:
    safe = sanitise_markdown(printable(text), {}, True)

    assert dangers(markdown2html_mistune(safe)) == Counter()


def test_a_notebook_with_a_text_that_is_slow_to_parse_takes_seconds(root: Path) -> None:
    source = root / "assignment" / "Dropout.en.ipynb"
    cells = [{"cell_type": "markdown", "source": "<b> " + "\\\\[" * 2_600} for _ in range(500)]
    started = time.process_time()

    repair(notebook(*cells), source)

    assert time.process_time() - started < 60


def render_page(template: str, source: Path, texts: list[str]) -> str:
    """Nbgrader's page of a notebook whose answers and own cells are these texts."""
    submitted = nbformat.read(source, as_version=4)
    answers = [
        cell for cell in submitted.cells if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    answers[0].source = "\n\n".join(texts[:1])
    submitted.cells += [nbformat.v4.new_markdown_cell(text) for text in texts]
    repaired, _ = repair(json.dumps(submitted).encode(), source)
    made = nbformat.reads(repaired, as_version=4)
    for cell in made.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"score": 0.0, "points": 1.0, "comment": ""}
    folder = Path(formgrader.__file__).parent
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(folder / "templates")],
        extra_template_paths=[str(folder / "static/node_modules/bootstrap/dist/css")],
    )
    about = dict.fromkeys(("score", "max_score", "late_penalty", "index", "total"), 0)
    page, _ = exporter.from_notebook_node(made, {"nbgrader": about, **about})
    return str(page)


def dangers(page: str) -> Counter[str]:
    """The elements of a page that could run, load or hide something in a browser."""
    found: Counter[str] = Counter()
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        if element.tag in DANGEROUS:
            found[str(element.tag)] += 1
        for name, value in element.attrib.items():
            scheme = re.sub(r"[\x00-\x20]", "", str(value)).lower()
            if str(name).startswith("on") or (
                name in ("href", "src", "action") and not scheme.startswith(SAFE)
            ):
                found[f"{element.tag} {name}={value}"] += 1
    return found


DANGEROUS = ("script", "style", "iframe", "object", "embed", "form", "svg", "math", "base", "meta")
SAFE = ("https:", "http:", "mailto:", "#", "data:image/png;", "data:image/jpeg;")
