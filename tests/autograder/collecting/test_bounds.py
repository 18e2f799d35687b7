"""Reading an upload takes bounded time and memory, for any content and size.

Contents of each kind are drawn in several sizes and read as in grading, in a separate process whose
processor time and memory are measured. With --proof they fill an upload of 50 MiB.
"""

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

SECONDS, MEMORY = (
    30.0,
    900,
)  # of processor time and in MiB, for an upload of 50 MiB: docs/security.md
WHOLE = 50 * 2**20
ALWAYS = 3.0  # seconds: starting Python, and what does not depend on a size

READ = """
import resource, sys
from pathlib import Path
from autograder.collecting.submission import RefusedSubmission, read_submission
from autograder.grading.repair import repair
upload, source, owned = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
released = {name: (source / name).read_bytes() for name in owned}
try:
    submission = read_submission(upload, owned, ["Dropout"], released)
    repair(submission.notebooks.get("Dropout"), source / "Dropout.ipynb")
    print("read", submission.digest()[:4])
except RefusedSubmission as error:
    print("refused", error.problem)
usage = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which also counts the process that started this one.
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(usage.ru_utime + usage.ru_stime, int(peak.split()[1]) / 1024)
"""
OWNED = ["daseCV/layers.py", "daseCV/optim.py"]
LAYERS, NOTEBOOK = "daseCV/layers.py", "Dropout.ipynb"
Draw = random.Random
Files = dict[str, bytes]


def assignments(draw: Draw, size: int) -> Files:
    return {LAYERS: b"".join(b"a%d = %d\n" % (n, draw.randrange(9)) for n in range(size // 12))}


def brackets(draw: Draw, size: int) -> Files:
    return {
        LAYERS: b"x = " + draw.choice([b"(", b"[", b"{", b"f(", b"-", b"lambda: "]) * (size // 4)
    }


def one_line(draw: Draw, size: int) -> Files:
    return {
        LAYERS: b"x = '"
        + draw.choice([b" ", b"a", b"\\", b"\xe4\xbd\xa0", b"#"]) * (size // 2)
        + b"'"
    }


def many_modules(draw: Draw, size: int) -> Files:
    text = b"def f():\n    return 1\n" * draw.randrange(1, 2_000)
    return {f"daseCV/own_{n}.py": text for n in range(max(size // len(text), 1))}


def random_bytes(draw: Draw, size: int) -> Files:
    return {draw.choice([LAYERS, NOTEBOOK, "daseCV/optim.py"]): draw.randbytes(size)}


def many_files(draw: Draw, size: int) -> Files:
    depth = draw.randrange(1, 30)
    return {f"{'d/' * depth}{n}.txt": b"x" for n in range(size // 200)}


def zeros(draw: Draw, size: int) -> Files:
    return {draw.choice([LAYERS, NOTEBOOK, "a.bin"]): bytes(size * 100)}


def archives_in_archives(draw: Draw, size: int) -> Files:
    content = {"layers.py": draw.randbytes(max(size // 4, 1))}
    for _ in range(draw.randrange(1, 6)):
        inner = write_zip(io.BytesIO(), content).getvalue()
        content = {"a.zip": inner, "b.zip": inner}
    return content


def markdown(draw: Draw, size: int) -> Files:
    pieces = [
        "](",
        "<a ",
        "`",
        "$",
        "\\begin{a}",
        "> ",
        "* ",
        "![](data:image/png;base64,",
        "**",
        "| ",
    ]
    cell = draw.choice(pieces) * (size // draw.randrange(2, 30))
    return {NOTEBOOK: notebook([("markdown", cell)])}


def many_cells(draw: Draw, size: int) -> Files:
    kind, text = draw.choice(["code", "markdown"]), draw.choice(["", "x = 1", "# a\n\n<b>"])
    return {NOTEBOOK: notebook([(kind, text)] * (size // 100))}


def outputs(draw: Draw, size: int) -> Files:
    text = {"output_type": "stream", "name": "stdout", "text": "x" * draw.randrange(1, 400)}
    return {NOTEBOOK: notebook([("code", "1")], [text] * (size // 500))}


def nested_json(draw: Draw, size: int) -> Files:
    opening = draw.choice([b"[", b'{"cells":', b'[{"a":'])
    return {NOTEBOOK: opening * (size // len(opening))}


KINDS: list[Callable[[Draw, int], Files]] = [
    *(assignments, brackets, one_line, many_modules, random_bytes, many_files, zeros),
    *(archives_in_archives, markdown, many_cells, outputs, nested_json),
]


def notebook(cells: list[tuple[str, str]], outputs: list[dict[str, str]] | None = None) -> bytes:
    code = {"outputs": outputs or [], "execution_count": None}
    made = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {}, "source": text}
        | (code if kind == "code" else {})
        for n, (kind, text) in enumerate(cells)
    ]
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


def write_zip(file: io.BytesIO, files: Files) -> io.BytesIO:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def read(upload: Path, release: Path) -> tuple[float, float]:
    """Read an upload in a separate process; return its processor time in s and memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(upload), str(release), *OWNED],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seconds, memory = map(float, done.stdout.splitlines()[-1].split())
    return seconds, memory


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_time_and_memory_are_bounded(
    kind: Callable[[Draw, int], Files],
    seed: int,
    root: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    draw = Draw(f"{kind.__name__} {seed}")
    largest = WHOLE if request.config.getoption("--proof") else 2 * 2**20
    size = int(largest * draw.uniform(0.3, 1))
    upload = tmp_path / "ada.zip"
    upload.write_bytes(write_zip(io.BytesIO(), kind(draw, size)).getvalue())

    seconds, memory = read(upload, root / "assignment")

    assert seconds <= ALWAYS + SECONDS * size / WHOLE
    assert memory <= MEMORY
