"""A sandbox for tests whose subject is not isolation: workers start in a tenth of the time.

A worker takes a second in such tests, mostly to start Python and load NumPy. Here one process has
done that, and each worker is a fork of it, under the same limits and system call filter
but without a file system of its own. The real tiers are tested in `sandbox/`, `worker/` and
`attacks/`; `pytest --proof`, as in `make proof`, uses them everywhere.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import weakref
from pathlib import Path
from typing import Any

from autograder.environment import StudentEnvironment
from autograder.sandbox import ConfinedProcess, Program, Sandbox, SandboxError
from autograder.sandbox.filters import compile_filter
from autograder.sandbox.launch import ONE_THREAD, library_path

from .fork_server import INTEGER

SERVER = Path(__file__).with_name("fork_server.py")


class ForkingSandbox:
    """Forks each worker from a process that has NumPy loaded.

    Parameters
    ----------
    environment : StudentEnvironment
    real : Sandbox
        Runs everything but workers.
    """

    name = "forked, for tests"
    gaps: tuple[str, ...] = ("files: a worker sees all that the tests see",)

    def __init__(self, environment: StudentEnvironment, real: Sandbox) -> None:
        self.environment, self.real = environment, real
        self._channel: socket.socket | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without the server; another process starts its own."""
        return (ForkingSandbox, (self.environment, self.real))

    def start(self, program: Program) -> ConfinedProcess:
        """Start a program; see `Sandbox.start`."""
        if program.script != "serve.py":
            return self.real.start(program)
        questions, to_worker = os.pipe()
        from_worker, answers = os.pipe()
        printed, printing = os.pipe()
        status, reporting = os.pipe()
        request = {
            "arguments": list(program.arguments),
            "environment": {**variables(program), **program.variables},
            "limits": program.limits.rlimits(),
            "filter": compile_filter(children=False).hex(),
        }
        theirs = [questions, answers, printing, reporting]
        try:
            socket.send_fds(self._server(program), [json.dumps(request).encode()], theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        process: Any = ForkedProcess(status, printed)
        return ConfinedProcess(process, to_worker, from_worker, program.limits)

    def _server(self, program: Program) -> socket.socket:
        """The socket to the process that forks, which the first use starts."""
        if self._channel is None:
            self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [program.python, "-I", "-B", "-u", SERVER, program.runtime, theirs.fileno()]
            server = subprocess.Popen(
                list(map(str, command)),
                pass_fds=[theirs.fileno()],
                env=variables(program),
                start_new_session=True,
            )
            theirs.close()
            weakref.finalize(self, stop_server, server, self._channel)
        return self._channel


def variables(program: Program) -> dict[str, str]:
    """The environment that `launch` gives to a program."""
    return {
        "PATH": os.defpath,
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": library_path(program.python),
        **ONE_THREAD,
    }


def stop_server(server: "subprocess.Popen[bytes]", channel: socket.socket) -> None:
    """Stop the server; no more workers can be forked."""
    channel.close()
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM)
    server.wait()


class ForkedProcess:
    """The part of `Popen` that `ConfinedProcess` uses, for a process that is no child of the test.

    Parameters
    ----------
    status : int
        A descriptor to read its process id from and, after its end, its exit status.
    printed : int
        A descriptor to read from what it prints.
    """

    def __init__(self, status: int, printed: int) -> None:
        self.stdout = open(printed, "rb", buffering=0)  # noqa: SIM115
        self._status = open(status, "rb", buffering=0)  # noqa: SIM115
        pid = self._status.read(INTEGER.size)
        if not pid:
            raise SandboxError("the process that forks workers ended")
        [self.pid] = INTEGER.unpack(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the exit status is negative where a signal ended it."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            status = self._status.read(INTEGER.size)
            self.returncode = INTEGER.unpack(status)[0] if status else -signal.SIGKILL
            self._status.close()
        assert self.returncode is not None
        return self.returncode
