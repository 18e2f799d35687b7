"""The set-up cell's work: find out where the notebook runs, and make everything ready there.

Uses the standard library alone until it has made sure that the packages are there.
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

from .blanks import leftover
from .language import say

PACKAGE_FOLDER = Path(__file__).resolve().parent
PYTHON = (3, 10)
ROOM = 50_000_000  # bytes that are to be free, for builds, notebooks and the zip
PATIENCE = 120  # seconds for a build or an installation


class SetUpFailure(Exception):
    """Something that stops all work; the message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook, show the message alone."""
        return [f"✗ {self}"]


def start() -> None:
    """Make the notebook ready, and print a short checklist; running it again does no harm.

    Raises
    ------
    SetUpFailure
        If the folder cannot be written, or a package is missing and cannot be installed.
    """
    started = time.perf_counter()
    for step in (where, folder, packages, kernels, images, editing):
        for sign, line in step():
            print(sign, line, flush=True)
    seconds = time.perf_counter() - started
    print(say(f"准备好了（{seconds:.0f} 秒）", f"ready ({seconds:.0f} s)"))


Lines = Iterator[tuple[str, str]]


def place() -> str:
    """The program that shows the notebook: 'Colab', 'VS Code' or 'Jupyter'; 'Python' for none."""
    if "google.colab" in sys.modules:
        return "Colab"
    shell = the_shell()
    if shell is None:
        return "Python"
    if "VSCODE_PID" in os.environ or "__vsc_ipynb_file__" in shell.user_ns:
        return "VS Code"
    return "Jupyter"


def where() -> Lines:
    """Where the notebook runs, and on what."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < PYTHON:
        raise SetUpFailure(
            say(
                f"这里的 Python 是 {version}，需要 3.10 或更新的：换一个内核（kernel）再运行",
                f"this is Python {version}, expected 3.10 or newer: choose another kernel",
            )
        )
    count = os.cpu_count() or 1
    yield (
        "✓",
        say(
            f"{place()}，Python {version}，{count} 个处理器核",
            f"{place()}, Python {version}, {count} processors",
        ),
    )


def folder() -> Lines:
    """The work's folder: that it can be written, and has room left."""
    home = PACKAGE_FOLDER.parent
    on_drive = "/content/drive" in home.as_posix()
    what_to_do = (
        say("在云端硬盘里腾出空间再运行", "make room in your Drive and run this cell again")
        if on_drive
        else say("腾出空间，或把作业移到能写的地方", "make room, or move the assignment elsewhere")
    )
    trial = home / f".trial-{os.getpid()}"
    try:
        trial.write_bytes(bytes(4096))
        free = shutil.disk_usage(home).free
    except OSError as error:
        raise SetUpFailure(
            say(
                f"{home} 写不进去（{error.strerror}）：{what_to_do}",
                f"{home} cannot be written ({error.strerror}): {what_to_do}",
            )
        ) from None
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)
    yield "✓", say(f"作业在 {home}", f"the assignment is in {home}")
    if free < ROOM:
        megabytes = f"{free / 1e6:.0f} MB"
        yield (
            "!",
            say(f"只剩 {megabytes} 空间：{what_to_do}", f"only {megabytes} left: {what_to_do}"),
        )
    if place() == "Colab" and not on_drive:
        yield (
            "!",
            say(
                '作业不在云端硬盘里，Colab 断开就没有了：用 save("/content/drive/MyDrive/…") 存',
                "this is not in your Drive and is lost when Colab disconnects: keep it with "
                'save("/content/drive/MyDrive/...")',
            ),
        )


def packages() -> Lines:
    """What the release needs: installed where it is missing or too old."""
    file = PACKAGE_FOLDER.parent / "requirements.txt"
    wanted = requirements(file)
    missing = [requirement for requirement in wanted if not satisfied(requirement)]
    if missing:
        listed = ", ".join(missing)
        yield "…", say(f"正在安装 {listed}", f"installing {listed}")
        done = run([sys.executable, "-m", "pip", "install", "-q", *missing])
        if done:
            raise SetUpFailure(
                say(
                    f"没能安装 {listed}：{done}。网络通吗？通了再运行这一格，"
                    f"或者在终端里运行  pip install -r {file}",
                    f"could not install {listed}: {done}. Is there a network? Run this cell again, "
                    f"or in a terminal  pip install -r {file}",
                )
            )
        importlib.invalidate_caches()
        names = {name_of(requirement) for requirement in missing}
        if loaded := sorted(names & set(sys.modules)):
            raise SetUpFailure(
                say(
                    f"已经更新 {', '.join(loaded)}：重启内核（kernel / 会话），再运行这一格",
                    f"{', '.join(loaded)} has been updated: restart the kernel (the session), and "
                    "run this cell again",
                )
            )
    import numpy

    yield (
        "✓",
        say(f"需要的包都在，NumPy {numpy.__version__}", f"all packages, NumPy {numpy.__version__}"),
    )


def kernels() -> Lines:
    """The fast layers: compiled where there is a compiler, else on NumPy."""
    with contextlib.redirect_stdout(io.StringIO()):  # it says on import which ones it uses
        from . import fast_layers
    if fast_layers.backend() != "compiled":
        yield (
            "…",
            say("正在编译快速层，不到一分钟", "compiling the fast layers, less than a minute"),
        )
        setup = PACKAGE_FOLDER / "setup.py"
        failed = run([sys.executable, str(setup), "-q", "build_ext", "--inplace"])
        with contextlib.redirect_stdout(io.StringIO()):
            fast_layers.select_backend()
        if fast_layers.backend() != "compiled":
            reason = f"（{failed}）" if failed else ""
            yield (
                "!",
                say(
                    f"没有 C 编译器或编译不成{reason}：快速层用 NumPy，能做作业，只是慢几倍。"
                    "要快：Debian、Ubuntu 装 gcc，macOS 运行 xcode-select --install，再运行这一格",
                    f"no C compiler, or it failed{reason}: the fast layers run on NumPy, a few "
                    "times slower; all works. For speed install gcc (Debian, Ubuntu) or run "
                    "xcode-select --install (macOS), and run this cell again",
                ),
            )
            return
    yield "✓", say("快速层已编译", "fast layers compiled")


def images() -> Lines:
    """The images: the real ones, or how to get them."""
    from .data_utils import find_CIFAR10

    try:
        found = find_CIFAR10()
    except FileNotFoundError as error:
        yield "!", str(error)
        return
    if found:
        yield "✓", say(f"CIFAR-10 在 {found}", f"CIFAR-10 is in {found}")
    else:
        yield (
            "!",
            say(
                "没有 CIFAR-10：用合成图片顶替，作业照样能做。要真实图片，在一格里运行"
                "  from daseCV.data_utils import download_CIFAR10; download_CIFAR10()",
                "no CIFAR-10: synthetic images take its place, and all works. For the real ones run"
                "  from daseCV.data_utils import download_CIFAR10; download_CIFAR10()",
            ),
        )


def editing() -> Lines:
    """Edited modules take effect in the next cell, and unwritten blanks say where they are."""
    shell = the_shell()
    if shell is None:
        return
    home = str(PACKAGE_FOLDER.parent)
    if "" not in sys.path and home not in sys.path:
        sys.path.insert(0, home)
    shell.run_line_magic("load_ext", "daseCV.autoreload")
    shell.run_line_magic("matplotlib", "inline")
    shell.set_custom_exc((NotImplementedError,), unwritten)
    yield (
        "✓",
        say(
            "改过并保存的 .py 会自动重新载入",
            "saved changes of .py files take effect by themselves",
        ),
    )


def unwritten(
    shell: Any, kind: type, error: Exception, trace: Any, tb_offset: Any = None
) -> list[str]:
    """A blank that is not written yet says where it is, and nothing else.

    IPython calls it in the place of its own traceback; returns the lines to show.
    """
    inner = trace
    while inner.tb_next:
        inner = inner.tb_next
    file = Path(inner.tb_frame.f_code.co_filename).resolve()
    if PACKAGE_FOLDER not in file.parents:
        shown = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    else:
        place = file.relative_to(PACKAGE_FOLDER.parent).as_posix()
        blank = str(error).removesuffix(" is not written yet")
        shown = [
            say(
                f"· {blank} 还没有写：打开 {place}，第 {inner.tb_lineno} 行",
                f"· {blank} is not written yet: open {place}, line {inner.tb_lineno}",
            )
        ]
        if forgotten := leftover(file, inner.tb_lineno):
            shown.append(f"  {forgotten}")
    shell._showtraceback(kind, error, shown)
    return shown


def the_shell() -> Any:
    """IPython's shell, or None outside of it."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def requirements(file: Path) -> list[str]:
    """The lines of a requirements file; none where there is no file."""
    if not file.exists():
        return []
    lines = (
        line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()
    )
    return [line for line in lines if line]


def name_of(requirement: str) -> str:
    """The package that a requirement is about."""
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]


def satisfied(requirement: str) -> bool:
    """Whether a package is installed, new enough.

    Examples
    --------
    >>> satisfied("numpy>=1.0"), satisfied("numpy>=99"), satisfied("no-such-package")
    (True, False, False)
    """
    try:
        version = importlib.metadata.version(name_of(requirement))
        from packaging.requirements import Requirement
    except ImportError:  # PackageNotFoundError is one
        return False
    return Requirement(requirement).specifier.contains(version, prereleases=True)


def run(command: list[str]) -> str:
    """Run a program; '' when it went well, else the last thing that it said."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
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
