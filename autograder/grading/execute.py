"""A submission's notebook, executed inside the sandbox, for the feedback alone.

What comes back is untrusted: only outputs are taken over, plain text and pictures.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from daseCV.language import Message
from daseCV.profile import VARIABLE

from ..environment import StudentEnvironment
from ..sandbox import Limits, OutOfMemory, OutOfTime, Program, Sandbox
from ..worker.client import overlay_links
from .outputs import read_outputs

STARTING = 60.0  # seconds beyond its own that a notebook's kernel may take to start and to end
LARGEST = 32 * 2**20  # bytes of an executed notebook


def execute(
    notebook: str,
    trees: Sequence[Path],
    sandbox: Sandbox,
    environment: StudentEnvironment,
    data: Path | None,
    seconds: float,
    name: str = "notebook",
    profile: str = "quick",
) -> tuple[str, list[Message]]:
    """Run a notebook in the sandbox beside a `daseCV`, under its own name.

    `trees` are folders that make up the package: the release, and over it what the submission has.
    The notebook comes back with outputs, or as it was where something went wrong, which is noted.
    Raises SandboxError where it cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="dasecv-notebook-") as scratch:
        folder = Path(scratch)
        (folder / f"{name}.ipynb").write_text(notebook, encoding="utf-8")
        for tree in trees:
            overlay_links(tree, folder)
        program = Program(
            python=environment.python,
            runtime=environment.runtime,
            script="execute.py",
            arguments=[str(folder), f"{name}.ipynb", str(seconds), "{scratch}"],
            readable=[data] if data else [],
            limits=Limits(
                cpu=int(2 * seconds),
                memory=6 * 1024 * 2**20,
                address_space=16 * 1024 * 2**20,
                processes=128,
                file_size=256 * 2**20,
            ),
            children=True,
            variables={
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
                # nbgrader's own sign that a notebook is run for its grader, not for its author
                "NBGRADER_EXECUTION": "autograde",
                VARIABLE: profile,
                **({"CIFAR10_DIR": str(data)} if data else {}),
            },
            folder=folder,
        )
        confined = sandbox.start(program)
        content, problem = b"", Message("running the notebook ended early")
        try:
            content = confined.read(LARGEST + 1, time.monotonic() + seconds + STARTING)
        except OutOfTime:
            problem = Message("running the notebook took more than {limit:.0f} s", limit=seconds)
        except OutOfMemory:
            problem = Message("running the notebook took too much memory")
        finally:
            confined.end()
        if len(content) > LARGEST:
            content = b""
            problem = Message("the notebook's outputs have more than {most:,} bytes", most=LARGEST)
    if data is not None:  # where this machine has its images is nobody's business
        content = content.replace(str(data).encode(), b"datasets")
    executed = read_outputs(content, notebook) if content else None
    if executed is None:
        return notebook, [Message("{problem}: no outputs kept", problem=problem)]
    return executed, []
