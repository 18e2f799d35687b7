"""Common parts of sandboxes: start a program, communicate within limits, and end it.

`Sandbox` is the interface of the two tiers; `ConfinedProcess` controls a running program.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from daseCV.errors import DaseCVError

MIB = 2**20
SAMPLE = 0.05  # seconds between two measurements of memory
CHUNK, MOST_CHUNKS = 2**16, 16
LAST_OUTPUT = 8 * 2**10  # bytes of a program's output that are kept


class SandboxError(DaseCVError):
    """The sandbox does not work or did not start: our failure, never a student's."""


class OutOfTime(Exception):
    """The program did not answer within its time."""


class OutOfMemory(Exception):
    """The program and its children took more memory, or more threads, than allowed."""


@dataclass(frozen=True)
class Limits:
    cpu: int = 600  # seconds of processor time of each process
    memory: int = 1536 * MIB  # bytes of all its processes together, watched from outside
    address_space: int = 6 * 1024 * MIB  # bytes of each process
    processes: int = 64  # of its user, threads included; 1 thread of execution is the least
    # Bytes of one file, and of the whole scratch folder if it is a file system of its own
    file_size: int = 64 * MIB

    def rlimits(self) -> dict[str, int]:
        """The limits for `setrlimit`, by name."""
        return {
            "CPU": self.cpu,
            "AS": self.address_space,
            "NPROC": self.processes,
            "FSIZE": self.file_size,
            "CORE": 0,
            "NOFILE": 256,
        }


@dataclass(frozen=True)
class Program:
    python: Path  # interpreter of the student environment
    runtime: Path  # folder of our programs for the student environment
    script: str  # the one of them to run
    # Of the script; '{scratch}' is replaced by the writable folder
    arguments: Sequence[str]
    # Files and folders to see, at their own places, besides the interpreter, its libraries and
    # the runtime
    readable: Sequence[Path] = ()
    limits: Limits = Limits()
    # Whether it may start processes and use Unix sockets, as a Jupyter kernel has to
    children: bool = False
    variables: dict[str, str] = field(default_factory=dict)  # the whole environment
    folder: Path | None = None  # one more, closed to all other users of the machine

    def visible_paths(self) -> list[Path]:
        """All visible paths besides the interpreter and its libraries."""
        return [self.runtime, *self.readable, *([self.folder] if self.folder else [])]


class Sandbox(Protocol):
    """One tier of isolation."""

    name: str
    gaps: tuple[str, ...]

    def start(self, program: Program) -> "ConfinedProcess":
        """Start a program; its last two arguments are the numbers of its pipes.

        Raises SandboxError if it cannot be started.
        """


class ConfinedProcess:
    """A running confined program, with a pipe each way and its bounded output.

    `writing` and `reading` are our ends of the pipes; `clean_up` is called once after the end.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        writing: int,
        reading: int,
        limits: Limits,
        clean_up: Callable[[], None] = lambda: None,
    ) -> None:
        assert process.stdout is not None
        self.process, self.limits = process, limits
        self._writing, self._reading = writing, reading
        self._printing = process.stdout.fileno()
        self._clean_up: Callable[[], None] | None = clean_up
        self.printed = b""
        self._sampled = 0.0
        self._selector = selectors.DefaultSelector()
        for descriptor in (self._reading, self._printing):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        os.set_blocking(self._writing, False)

    def write(self, data: bytes, deadline: float) -> None:
        """Send bytes; OutOfTime if they are not read in time. A program that ended is no error."""
        view = memoryview(data)
        self._selector.register(self._writing, selectors.EVENT_WRITE)
        try:
            while view:
                if self._writing in self._wait(deadline):
                    with contextlib.suppress(BlockingIOError):  # it may fill its own pipe
                        view = view[os.write(self._writing, view[: 2**20]) :]
        except BrokenPipeError:
            return  # the next read finds the end
        finally:
            self._selector.unregister(self._writing)

    def read(self, count: int, deadline: float) -> bytes:
        """Read so many bytes, or fewer at the end of the stream, within time and memory."""
        parts, missing = [], count
        while missing:
            if self._reading not in self._wait(deadline):
                continue
            try:
                part = os.read(self._reading, min(missing, 2**20))
            except BlockingIOError:
                continue
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def end(self) -> int:
        """Kill it with everything it started, and return its status; harmless when repeated."""
        if self._clean_up is not None:
            clean_up, self._clean_up = self._clean_up, None
            if self.process.poll() is None:
                pids = [self.process.pid, *find_descendants(self.process.pid)]
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    # Its group too: a child that it made this moment is no descendant yet.
                    os.killpg(self.process.pid, signal.SIGKILL)
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self._drain()
            self._selector.close()
            os.close(self._writing)
            os.close(self._reading)
            assert self.process.stdout is not None
            self.process.stdout.close()
            clean_up()
        return self.process.wait()

    def _wait(self, deadline: float) -> set[int]:
        """Wait a moment for something to do; drain what is printed, watch memory and time."""
        events = self._selector.select(min(SAMPLE, max(deadline - time.monotonic(), 0)))
        ready = {key.fd for key, _ in events}
        if self._printing in ready:
            self._drain()
        now = time.monotonic()
        if now - self._sampled > SAMPLE:
            self._sampled = now
            self._watch()
        if now > deadline:
            raise OutOfTime
        return ready

    def _drain(self) -> None:
        try:
            for _ in range(MOST_CHUNKS):  # endless output must not keep us here
                part = os.read(self._printing, CHUNK)
                self.printed = (self.printed + part)[-LAST_OUTPUT:]
                if not part:
                    break
            else:
                return
            self._selector.unregister(self._printing)
        except (BlockingIOError, KeyError, ValueError):
            return

    def _watch(self) -> None:
        pids = [self.process.pid, *find_descendants(self.process.pid)]
        # The kernel does not count root's threads.
        if sum(map(count_threads, pids)) > self.limits.processes:
            raise OutOfMemory
        used = sum(resident_memory(pid) for pid in pids)
        if used > self.limits.memory:  # shared pages count once: slower to ask
            used = sum(resident_memory(pid, proportional=True) for pid in pids)
        if used > self.limits.memory:
            raise OutOfMemory


def find_descendants(pid: int) -> list[int]:
    """All descendants of a process, from the kernel's lists of children."""
    found: list[int] = []
    queue = [pid]
    while queue:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{queue.pop()}/task").iterdir():
                children = list(map(int, (task / "children").read_text().split()))
                found += children
                queue += children
    return found


def count_threads(pid: int) -> int:
    """How many threads of execution a process has; 0 when it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def resident_memory(pid: int, proportional: bool = False) -> int:
    """Bytes of memory that a process holds; 0 when it is gone."""
    if proportional:  # where this is not allowed, shared pages count too
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
