"""Run a notebook from top to bottom inside the sandbox, and send it back with its outputs.

    python execute.py FOLDER NOTEBOOK SECONDS SCRATCH READ_FD WRITE_FD

Errors stay in the cells where they arose. What comes out is as little to be believed as what went
in: the trusted side takes no mark from it.
"""

import contextlib
import os
import shutil
import sys
import time
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError


class Client(NotebookClient):
    """Stops a cell when the notebook's time is over, rather than each cell after the same time."""

    ends: float = 0.0

    def _get_timeout(self, cell: Any) -> int:
        return max(int(self.ends - time.monotonic()), 1)


def main() -> None:
    """Read the notebook, run it, write it to the pipe."""
    folder, name, seconds, scratch, _, writing = sys.argv[1:]
    work = os.path.join(scratch, "work")  # where cells may write
    shutil.copytree(folder, work)
    os.environ["PYTHONPATH"] = work
    os.environ["IPYTHONDIR"] = os.path.join(scratch, "ipython")
    os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(scratch, "runtime")
    os.environ["JUPYTER_DATA_DIR"] = os.path.join(scratch, "data")
    os.environ["MPLCONFIGDIR"] = os.path.join(scratch, "matplotlib")
    notebook = nbformat.read(os.path.join(work, name), as_version=4)
    client = Client(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        interrupt_on_timeout=True,
        shutdown_kernel="immediate",
        extra_arguments=["--HistoryManager.enabled=False"],
        resources={"metadata": {"path": work}},
        timeout=1,
    )
    client.ends = time.monotonic() + float(seconds)
    manager = client.create_kernel_manager()
    manager.transport = "ipc"
    manager.ip = os.path.join(scratch, "kernel")
    with contextlib.suppress(DeadKernelError):  # what ran before it is kept
        client.execute()
    with open(int(writing), "w", encoding="utf-8") as answer:
        nbformat.write(notebook, answer)


if __name__ == "__main__":
    main()
