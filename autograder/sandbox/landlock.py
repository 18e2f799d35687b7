"""The second tier, where a container forbids namespaces: Landlock, seccomp, own users, limits."""

import os
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import confine
from .base import ConfinedProcess, Program, SandboxError
from .launch import COMMANDS, LIBRARIES, interpreter_folders, launch

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
USERS = range(61184, 65520)  # the range that systemd too uses for users that come and go


class Landlock:
    """Landlock for files, TCP and signals; seccomp; for root, a user of its own each time."""

    name: str = "landlock"

    def __init__(self) -> None:
        self.abi = confine.landlock_abi()
        if not self.abi:
            raise SandboxError(
                "this kernel has no Landlock (Linux 5.13 or newer, and not disabled)"
            )
        self.root = os.geteuid() == 0
        self.gaps = tuple(self._gaps())

    def _gaps(self) -> Iterator[str]:
        yield "processes and shared files are seen, by number and by the time of their last use"
        yield "64 MiB is the limit of each file in the scratch folder, not of all together"
        if not self.root:
            yield "not root: no user of its own for each worker, and no notebooks are run"
        if self.abi < 6 and not self.root:
            yield "Landlock before version 6 (Linux 6.12) does not stop signals; seccomp does"

    def start(self, program: Program) -> ConfinedProcess:
        if program.children and not self.root:
            raise SandboxError(
                "the second tier runs notebooks as root only: it could not find all processes "
                "that a notebook leaves behind; set notebooks to skip, or use bubblewrap"
            )
        commands = COMMANDS if program.children else ()
        python = interpreter_folders(program.python)
        readable = [*LIBRARIES, *commands, *DEVICES, *python, *program.visible_paths()]
        scratch = Path(tempfile.mkdtemp(prefix="dasecv-scratch-"))
        user = None
        if self.root:
            taken = {owner for owner, _ in list_processes()}
            user = random.SystemRandom().choice([number for number in USERS if number not in taken])
            os.chown(scratch, user, user)
            if program.folder is not None:
                os.chown(program.folder, -1, user)
                program.folder.chmod(0o750)

        def clean_up() -> None:
            if user is not None:
                kill_user_processes(user)
            shutil.rmtree(scratch, ignore_errors=True)

        return launch(
            program,
            scratch=str(scratch),
            landlock={
                "readable": list(map(str, readable)),
                "writable": [str(scratch), "/dev/null"],
            },
            user=user,
            clean_up=clean_up,
        )


def kill_user_processes(user: int) -> None:
    """Kill all processes of a user; they are stopped first, so that none can fork meanwhile."""
    for kind in (signal.SIGSTOP, signal.SIGKILL):
        for _ in range(10):
            pids = [pid for owner, pid in list_processes() if owner == user]
            for pid in pids:
                try:
                    os.kill(pid, kind)
                except ProcessLookupError:
                    continue
            if not pids or kind == signal.SIGSTOP:
                break


def list_processes() -> Iterator[tuple[int, int]]:
    """(owner, number) of each process."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                yield entry.stat().st_uid, int(entry.name)
            except FileNotFoundError:
                continue
