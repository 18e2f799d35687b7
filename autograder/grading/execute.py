"""Executes a submission's notebook inside the sandbox, for feedback only.

The result is untrusted: only its outputs are used, as plain text and pictures.
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

KERNEL_TIMEOUT = 60.0  # more seconds, for the kernel's start and end
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

    `trees` are folders that make up the package: the release, and then the submission's files.
    Returns the notebook with outputs, or unchanged with a note if something went wrong. Raises
    SandboxError if it cannot be run.
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
                # nbgrader's variable for notebooks that run for grading
                "NBGRADER_EXECUTION": "autograde",
                VARIABLE: profile,
                **({"CIFAR10_DIR": str(data)} if data else {}),
            },
            folder=folder,
        )
        confined = sandbox.start(program)
        content, problem = b"", Message("running the notebook ended early")
        try:
            content = confined.read(LARGEST + 1, time.monotonic() + seconds + KERNEL_TIMEOUT)
        except OutOfTime:
            problem = Message("running the notebook took more than {limit:.0f} s", limit=seconds)
        except OutOfMemory:
            problem = Message("running the notebook took too much memory")
        finally:
            confined.end()
        if len(content) > LARGEST:
            content = b""
            problem = Message("the notebook's outputs have more than {most:,} bytes", most=LARGEST)
    if data is not None:  # hide this machine's paths
        content = content.replace(str(data).encode(), b"datasets")
    executed = read_outputs(content, notebook) if content else None
    if executed is None:
        return notebook, [Message("{problem}: no outputs kept", problem=problem)]
    return executed, []
