"""Hostile notebooks: what runs in a kernel, and what its outputs would run in a browser."""

import json
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.grading import notebook as notebook_module
from autograder.grading.assemble import write_submission
from autograder.grading.notebook import LARGEST, _outputs, execute, repair
from daseCV.language import Message

from .harness import Arena

SCRIPT = "<script>alert(document.cookie)</script>"

# Cells that must not do what they try; each says SUCCESS where it did.
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
@pytest.mark.parametrize(
    "cell",
    [
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os.kill(-1, signal.SIGKILL)",
        pytest.param(FORKS, marks=pytest.mark.slow),
        "hoard = []\nwhile True: hoard.append(bytearray(b'x') * 2**28)",
        pytest.param(DESCRIPTORS, marks=pytest.mark.slow),
    ],
    ids=["kills", "forks", "memory", "descriptors"],
)
def test_a_notebook_that_ends_the_run_costs_its_outputs_alone(
    cell: str, arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_module, "STARTING", 10.0 * arena.slowdown)
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
def test_a_forged_notebook_is_no_notebook(content: bytes) -> None:
    """A kernel may kill its runner and answer in its place."""
    executed = _outputs(content, ASKED)

    assert executed is None or SCRIPT not in executed


def test_a_forged_notebook_brings_no_cells_and_no_metadata() -> None:
    """Outputs alone are taken over, and of those what is text or a picture."""
    pictures = {"image/png": '"><script>', "image/jpeg": "aGk=", "text/html": SCRIPT}
    content = answer(
        {"output_type": "display_data", "data": pictures, "metadata": {"x": SCRIPT}},
        {"output_type": "stream", "name": "stderr", "text": "\ud800"},
        {"output_type": "update_display_data", "data": {"text/html": SCRIPT}},
    )

    executed = _outputs(content, ASKED)

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
    """Cells of the release are there, once, with their own points; nothing else can run."""
    source = root / "assignment" / "ConvolutionalNetworks.ipynb"
    original = nbformat.read(source, as_version=4)
    started = time.monotonic()

    repaired, _ = repair(content, source)

    assert time.monotonic() - started < 5
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
