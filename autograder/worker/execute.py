"""Run a notebook from top to bottom inside the sandbox, and send it back with its outputs.

    python execute.py FOLDER NOTEBOOK SECONDS SCRATCH READ_FD WRITE_FD

Errors stay in the cells that raised them. The result is as untrusted as the input: the trusted side
takes no mark from it.
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

# Run in the kernel before any cell. Interactive backends show a plot by a script, and SVG may have
# one; neither is taken from a notebook, so every plot becomes a PNG as well.
PLOTS = """
def make_plots_png():
    import sys
    import matplotlib
    from IPython import get_ipython
    from IPython.core.pylabtools import print_figure
    from IPython.display import display

    shell = get_ipython()
    enable, format_object = shell.enable_matplotlib, shell.display_formatter.format

    def format_with_png(shown, include=None, exclude=None):
        data, metadata = format_object(shown, include, exclude)
        figure = sys.modules.get("matplotlib.figure")
        is_figure = figure is not None and isinstance(shown, figure.Figure)
        if is_figure and not data.keys() & {"image/png", "image/jpeg"}:
            data["image/png"] = print_figure(shown, "png", base64=True)
        return data, metadata

    def show_what_is_open():
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None and "inline" not in matplotlib.get_backend():
            for number in pyplot.get_fignums():
                display(pyplot.figure(number))
            pyplot.close("all")

    shell.enable_matplotlib = lambda gui=None: enable("inline")
    shell.display_formatter.format = format_with_png
    matplotlib.use = lambda backend, *, force=True: None
    shell.events.register("post_execute", show_what_is_open)

make_plots_png()
del make_plots_png
"""

FONTS = """<?xml version="1.0"?>
<fontconfig><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class Client(NotebookClient):
    """Stops a cell when the time for the whole notebook is over."""

    deadline: float = 0.0

    def _get_timeout(self, cell: Any) -> int:
        return max(int(self.deadline - time.monotonic()), 1)


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
    with open(os.path.join(scratch, "fonts.conf"), "w", encoding="utf-8") as file:
        file.write(FONTS.format(cache=os.path.join(scratch, "fonts")))
    os.environ["FONTCONFIG_FILE"] = os.path.join(scratch, "fonts.conf")
    startup = os.path.join(os.environ["IPYTHONDIR"], "profile_default", "startup")
    os.makedirs(startup)
    with open(os.path.join(startup, "plots.py"), "w", encoding="utf-8") as file:
        file.write(PLOTS)
    notebook = nbformat.read(os.path.join(work, name), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None  # so that cells that are not reached have none
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
    client.deadline = time.monotonic() + float(seconds)
    manager = client.create_kernel_manager()
    manager.transport = "ipc"
    manager.ip = os.path.join(scratch, "kernel")
    with contextlib.suppress(DeadKernelError):  # what ran before it is kept
        client.execute()
    for cell in notebook.cells:
        cell.pop("attachments", None)  # only outputs are used
    with open(int(writing), "w", encoding="utf-8") as answer:
        nbformat.write(notebook, answer)


if __name__ == "__main__":
    main()
