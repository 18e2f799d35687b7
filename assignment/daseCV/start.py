# Generated from daseCV/start.py by "dasecv release".
"""The set-up cell: finds out where the notebook runs, and prepares everything.

Uses only the standard library until all packages are installed.
"""

import contextlib
import importlib
import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .blanks import describe_leftover
from .contents import PACKAGE_FOLDER, relative
from .errors import DaseCVError
from .language import Message, replace_unencodable, say
from .notebooks import note_cell, running_shell

ROOM = 50_000_000  # bytes that are to be free, for builds, notebooks and the zip
PATIENCE = 120  # seconds for a build or an installation


class SetUpError(DaseCVError):
    """An error that prevents all work; the message says what to do."""


def start() -> None:
    """Make the notebook ready, and print a short checklist; running it again does no harm.

    Raises
    ------
    SetUpError
        If the folder cannot be written, or a package is missing and cannot be installed.
    """
    replace_unencodable()
    started = time.perf_counter()
    for step in (
        report_place,
        report_folder,
        install_packages,
        compile_kernels,
        report_images,
        watch_edits,
    ):
        for sign, line in step():
            print(sign, line, flush=True)
    seconds = time.perf_counter() - started
    print(say("ready ({seconds:.0f} s)", seconds=seconds))


Lines = Iterator[tuple[str, str]]


def describe_place() -> str:
    """The program that shows the notebook: 'Colab', 'VS Code' or 'Jupyter'; else 'Python'."""
    if "google.colab" in sys.modules:
        return "Colab"
    shell = running_shell()
    if shell is None:
        return "Python"
    if "VSCODE_PID" in os.environ or "__vsc_ipynb_file__" in shell.user_ns:
        return "VS Code"
    return "Jupyter"


def report_place() -> Lines:
    """Where the notebook runs, and on what."""
    line = say(
        "{place}, Python {version}, processors: {count}",
        place=describe_place(),
        version=".".join(map(str, sys.version_info[:2])),
        count=os.cpu_count() or 1,
    )
    yield "✓", line


def report_folder() -> Lines:
    """The folder of the assignment: whether it is writable, and has space left."""
    home = PACKAGE_FOLDER.parent
    on_drive = "/content/drive" in home.as_posix()
    what_to_do = Message(
        "make room in your Drive and run this cell again"
        if on_drive
        else "make room, or move the assignment elsewhere"
    )
    trial = home / f".trial-{os.getpid()}"
    try:
        trial.write_bytes(bytes(4096))
        free = shutil.disk_usage(home).free
    except OSError as error:
        raise SetUpError(
            say(
                "{folder} cannot be written ({reason}): {what_to_do}",
                folder=home,
                reason=error.strerror,
                what_to_do=what_to_do,
            )
        ) from None
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)
    yield "✓", say("the assignment is in {folder}", folder=home)
    if free < ROOM:
        warning = say(
            "only {megabytes:.0f} MB left: {what_to_do}",
            megabytes=free / 1e6,
            what_to_do=what_to_do,
        )
        yield "!", warning
    if describe_place() == "Colab" and not on_drive:
        warning = say(
            "this is not in your Drive and is lost when Colab disconnects: keep it with "
            'save("/content/drive/MyDrive/...")',
        )
        yield "!", warning


def install_packages() -> Lines:
    """Install required packages that are missing or too old."""
    file = PACKAGE_FOLDER.parent / "requirements.txt"
    wanted = requirements(file)
    missing = [requirement for requirement in wanted if not is_satisfied(requirement)]
    if missing:
        listed = ", ".join(missing)
        yield "…", say("installing {packages}", packages=listed)
        done = run_command([sys.executable, "-m", "pip", "install", "-q", *missing])
        if done:
            raise SetUpError(
                say(
                    "could not install {packages}: {reason}. Is there a network? Run this cell "
                    "again, or in a terminal  pip install -r {file}",
                    packages=listed,
                    reason=done,
                    file=file,
                )
            )
        importlib.invalidate_caches()
        names = {name_of(requirement) for requirement in missing}
        if loaded := sorted(names & set(sys.modules)):
            raise SetUpError(
                say(
                    "updated {packages}: restart the kernel (the session), and run this cell again",
                    packages=", ".join(loaded),
                )
            )
    import numpy

    yield "✓", say("all packages, NumPy {version}", version=numpy.__version__)


def compile_kernels() -> Lines:
    """Compile the fast layers if there is a compiler; else they use NumPy."""
    with contextlib.redirect_stdout(io.StringIO()):  # it says on import which ones it uses
        from . import fast_layers
    if fast_layers.backend() != "compiled":
        yield "…", say("compiling the fast layers, less than a minute")
        setup = PACKAGE_FOLDER / "setup.py"
        failed = run_command([sys.executable, str(setup), "-q", "build_ext", "--inplace"])
        with contextlib.redirect_stdout(io.StringIO()):
            fast_layers.select_backend()
        if fast_layers.backend() != "compiled":
            problem = Message(
                "no C compiler, or it failed ({reason})"
                if failed
                else "no C compiler, or it failed",
                reason=failed,
            )
            warning = say(
                "{problem}: the fast layers run on NumPy, a few times slower; everything "
                "works. For speed install gcc (Debian, Ubuntu) or run xcode-select --install "
                "(macOS), and run this cell again",
                problem=problem,
            )
            yield "!", warning
            return
    yield "✓", say("fast layers compiled")


def report_images() -> Lines:
    """The images: the real ones, or how to get them."""
    from .data_utils import find_CIFAR10

    try:
        found = find_CIFAR10()
    except FileNotFoundError as error:
        yield "!", str(error)
        return
    if found:
        yield "✓", say("CIFAR-10 is in {folder}", folder=found)
    else:
        warning = say(
            "no CIFAR-10: synthetic images take its place, and everything works. For the real "
            "ones run  from daseCV.data_utils import download_CIFAR10; download_CIFAR10()",
        )
        yield "!", warning


def watch_edits() -> Lines:
    """Edited modules take effect in the next cell, and unwritten blanks say where they are."""
    shell = running_shell()
    if shell is None:
        return
    home = str(PACKAGE_FOLDER.parent)
    if "" not in sys.path and home not in sys.path:
        sys.path.insert(0, home)
    shell.run_line_magic("load_ext", "daseCV.autoreload")
    shell.run_line_magic("matplotlib", "inline")
    shell.events.register("pre_run_cell", note_cell)
    shell.set_custom_exc((NotImplementedError,), show_unwritten)
    yield "✓", say("saved changes of .py files take effect by themselves")


def show_unwritten(
    shell: Any, kind: type, error: Exception, trace: Any, tb_offset: Any = None
) -> list[str]:
    """Show where an unwritten blank is, and nothing else.

    IPython calls this instead of its own traceback; it returns the lines to show.
    """
    inner = trace
    while inner.tb_next:
        inner = inner.tb_next
    file = Path(inner.tb_frame.f_code.co_filename).resolve()
    if PACKAGE_FOLDER not in file.parents:
        shown = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    else:
        said = say(
            "{name} is not written yet: open {file}, line {line}",
            name=str(error).removesuffix(" is not written yet"),
            file=relative(file, PACKAGE_FOLDER.parent),
            line=inner.tb_lineno,
        )
        shown = [f"· {said}"]
        if forgotten := describe_leftover(file, inner.tb_lineno):
            shown.append(f"  {forgotten}")
    shell._showtraceback(kind, error, shown)
    return shown


def requirements(file: Path) -> list[str]:
    """The lines of a requirements file; none where there is no file."""
    if not file.exists():
        return []
    lines = (
        line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()
    )
    return [line for line in lines if line]


def name_of(requirement: str) -> str:
    """The package of a requirement."""
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]


def is_satisfied(requirement: str) -> bool:
    """Whether a package is installed in a suitable version.

    Examples
    --------
    >>> is_satisfied("numpy>=1.0"), is_satisfied("numpy>=99"), is_satisfied("no-such-package")
    (True, False, False)
    """
    try:
        version = importlib.metadata.version(name_of(requirement))
        from packaging.requirements import Requirement
    except ImportError:  # PackageNotFoundError is one
        return False
    return Requirement(requirement).specifier.contains(version, prereleases=True)


def run_command(command: list[str]) -> str:
    """Run a program; '' if it succeeds, else its last line of output."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",  # a compiler may speak another encoding
            timeout=PATIENCE,
            check=False,
            cwd=PACKAGE_FOLDER,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if not done.returncode:
        return ""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit {done.returncode}"
