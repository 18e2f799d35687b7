"""The trusted side of a worker: it asks by name, and validates every answer."""

import contextlib
import itertools
import math
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from daseCV.language import Message

from ..environment import StudentEnvironment
from ..folders import PACKAGE
from ..sandbox import Limits, OutOfMemory, OutOfTime, Program, Sandbox, SandboxError
from ..texts import printable
from .frames import HEAD, FrameError, Handle, body_length, decode, encode

ANSWER_TIMEOUT = 20.0  # seconds for one answer
START_TIMEOUT = 60.0  # seconds for a worker to start, on a busy machine
END_TIMEOUT = 2.0  # seconds between the end of the pipe and the end of the process
LARGEST_ANSWER = 96 * 2**20
LIMITS = Limits()
PRELOADED = ("shapes", "fast_numpy", "fast_layers")  # given modules that import no student code


@dataclass(frozen=True)
class Line:
    file: str
    number: int
    function: str
    text: str


class StudentError(Exception):
    """The student's code raised.

    The message comes from the worker and may contain anything. The lines are of the student's
    files, the outermost first.
    """

    def __init__(self, kinds: Sequence[str], message: str, lines: Sequence[Line]) -> None:
        super().__init__(f"{kinds[0]}: {message}")
        self.kinds, self.message, self.lines = tuple(kinds), message, tuple(lines)


class WorkerEnded(Exception):
    """The worker ended, or sent an invalid answer; a fresh one is needed."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem)
        self.problem = problem


# Errors of asking for which the submission is responsible
NO_ANSWER = (StudentError, OutOfTime, OutOfMemory, WorkerEnded)


@dataclass(frozen=True)
class Answer:
    """What a call returned, and which of its array arguments it changed in place."""

    result: Any
    changed: tuple[int, ...] = ()


class IdleWorker:
    """A running sandboxed process without a submission.

    It sees a folder with the release's package, which a submission's files will replace in part. It
    has loaded NumPy and the given modules that import no student code.

    `given` is a folder with the released `daseCV`, in the file system of temporary files; without
    it the folder is empty, and no modules are loaded. Raises SandboxError, our failure, if the
    process cannot be started.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        environment: StudentEnvironment,
        limits: Limits = LIMITS,
        given: Path | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dasecv-worker-"))
        try:
            if given is not None:
                overlay_links(given, self.folder)
            self.confined = sandbox.start(
                Program(
                    python=environment.python,
                    runtime=environment.runtime,
                    script="serve.py",
                    arguments=[str(self.folder), ",".join(PRELOADED if given is not None else ())],
                    limits=limits,
                    folder=self.folder,
                )
            )
        except (SandboxError, OSError):
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def is_running(self) -> bool:
        return self.confined.process.poll() is None

    def close(self) -> int:
        """End it; harmless when repeated."""
        status = self.confined.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status


def overlay_links(tree: Path, over: Path) -> None:
    """Link a folder's files into another folder, replacing files of the same names."""
    for folder, _, names in os.walk(tree):
        target = os.path.join(over, os.path.relpath(folder, tree))
        if not os.path.isdir(target):
            os.mkdir(target)
            os.chmod(target, 0o755)
        for name in names:
            file, link = os.path.join(folder, name), os.path.join(target, name)
            if os.path.exists(link):
                os.unlink(link)
            try:
                os.link(file, link)
            except OSError:
                shutil.copyfile(file, link)
                os.chmod(link, 0o644)


class Worker(contextlib.AbstractContextManager["Worker"]):
    """A sandboxed process with one submission's `daseCV`.

    It uses the process of an idle worker. `tree` holds the submission's own files, or a whole
    `daseCV`, in the file system of temporary files; without it only the release is there. `parts`
    answers the stand-ins, see `install_stand_ins`. Raises SandboxError, our failure, if the process
    does not become ready.
    """

    def __init__(
        self,
        waiting: IdleWorker,
        tree: Path | None = None,
        parts: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._parts = parts
        self._numbers = itertools.count(1)
        self._waiting, self._confined, self._tree = waiting, waiting.confined, tree
        self.reloaded = False
        self.questions: list[bytes] | None = None  # as sent, if they are to be recorded
        self.deadline = math.inf  # by `time.monotonic()`, for calls with the usual timeout
        try:
            if tree is not None:
                overlay_links(tree, waiting.folder)
            self._receive(0, time.monotonic() + START_TIMEOUT)
        except OSError:
            self.close()
            raise
        except (WorkerEnded, OutOfTime, OutOfMemory) as error:
            self.close()
            raise SandboxError(
                f"a worker did not come up ({type(error).__name__}: {error}); it printed: "
                f"{self.printed[-800:]}"
            ) from None

    def call(
        self,
        target: str | Handle,
        *arguments: Any,
        keep: Sequence[int] | bool = (),
        blank: str = "",
        path: Sequence[str] = (),
        timeout: float = ANSWER_TIMEOUT,
    ) -> Answer:
        """Call a function or class of the submission, or a method of a kept object.

        The target is 'layers:conv_forward_naive', or a handle; `path` are attributes that lead from
        there to the callable. Arguments are arrays, `LaidOutArray` objects, numbers, texts, lists
        and dicts of them, and handles. Results at the positions in `keep` stay in the worker; True
        keeps all. `blank` is the blank that is asked, for modules that must not be called from
        one. Raises one of `NO_ANSWER` without a valid answer within `timeout` seconds.
        """
        reply = self._ask(
            timeout,
            "call",
            target=target,
            arguments=list(arguments),
            keep=True if keep is True else list(keep or ()),
            blank=blank,
            path=list(path),
        )
        result, changed = reply.get("result"), reply.get("changed", [])
        if not isinstance(changed, list) or any(
            type(place) is not int or not 0 <= place < len(arguments) for place in changed
        ):
            raise WorkerEnded(Message("a malformed answer"))
        if keep and keep is not True and isinstance(result, tuple | list):
            kept = [result[place] for place in keep if place < len(result)]
            if not all(isinstance(value, Handle) for value in kept):
                raise WorkerEnded(Message("a malformed answer"))
        return Answer(result, tuple(changed))

    def fetch(self, target: Handle, *path: str | int) -> Any:
        """Fetch an attribute, or an entry, of a kept object."""
        return self._ask(ANSWER_TIMEOUT, "fetch", target=target, path=list(path)).get("result")

    def update(self, target: Handle, *path: str | int, value: dict[str, Any]) -> None:
        """Set entries of a kept dict, or of one at a path in a kept object."""
        self._ask(ANSWER_TIMEOUT, "update", target=target, path=list(path), value=value)

    def shares_memory(self, one: Handle, other: Handle, *path: str | int) -> bool:
        """Whether an array in a kept object shares memory with one at a path of another."""
        answer = self._ask(ANSWER_TIMEOUT, "share", one=one, other=other, path=list(path))
        return answer.get("result") is True

    def keep(self, value: Any) -> Handle:
        """Store a value in the worker, such as a dict that a layer writes to."""
        handle = self._ask(ANSWER_TIMEOUT, "keep", value=value).get("result")
        if not isinstance(handle, Handle):
            raise WorkerEnded(Message("a malformed answer"))
        return handle

    def seed(self, seed: int) -> None:
        self._ask(ANSWER_TIMEOUT, "seed", seed=seed)

    def forget(self) -> None:
        self._ask(ANSWER_TIMEOUT, "forget")

    def step(self, model: Handle, rule: str, configs: Handle, X: Any, y: Any) -> Any:
        """Make one training step with the student's loss and update rule; return the loss."""
        given = {"model": model, "rule": rule, "configs": configs, "X": X, "y": y}
        return self._ask(ANSWER_TIMEOUT, "step", **given).get("result")

    def reload(self, given: Path) -> None:
        """Put the submission's files over another release, and import them again."""
        package = self._waiting.folder / PACKAGE
        shutil.rmtree(package)
        overlay_links(given, self._waiting.folder)
        if self._tree is not None:
            overlay_links(self._tree, self._waiting.folder)
        self._ask(START_TIMEOUT, "reload", modules=list(PRELOADED))
        self.reloaded = True

    def install_stand_ins(self, parts: Sequence[dict[str, Any]], observed: bool = False) -> None:
        """Replace some functions by stand-ins, see `StandIns.install`; before any other call.

        If `observed`, each message of a stand-in describes the result of the student's function.
        """
        self._ask(ANSWER_TIMEOUT, "replace", parts=list(parts), observed=observed)

    @property
    def printed(self) -> str:
        """The end of what it printed."""
        return printable(self._confined.printed.decode("utf-8", "replace"))

    def close(self) -> int:
        """End it; harmless when repeated."""
        return self._waiting.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, timeout: float, do: str, **given: Any) -> dict[str, Any]:
        number = next(self._numbers)
        deadline = time.monotonic() + timeout
        if timeout <= ANSWER_TIMEOUT:
            deadline = min(deadline, self.deadline)
        try:
            question = encode({"id": number, "do": do, "given": given})
            if self.questions is not None:
                self.questions.append(question)
            self._confined.write(question, deadline)
            reply = self._receive(number, deadline)
            while "part" in reply and self._parts is not None:
                self._confined.write(encode(self._parts(reply)), deadline)
                reply = self._receive(number, deadline)
        except (OutOfTime, OutOfMemory, WorkerEnded):
            self.close()
            raise
        if "error" in reply:
            raise _student_error(reply["error"], f"{self._waiting.folder}{os.sep}")
        return reply

    def _receive(self, number: int, deadline: float) -> dict[str, Any]:
        try:
            head = self._confined.read(HEAD.size, deadline)
            if len(head) < HEAD.size:
                raise WorkerEnded(self._describe_end())
            length = body_length(head, LARGEST_ANSWER)
            body = self._confined.read(length, deadline)
            if len(body) < length:
                raise WorkerEnded(self._describe_end())
            reply = decode(body)
        except FrameError as error:
            unreadable = Message("its answer cannot be read: {error}", error=str(error))
            raise WorkerEnded(unreadable) from None
        if type(reply.get("id")) is not int or reply["id"] != number:
            raise WorkerEnded(Message("it answered another question than the one asked"))
        return reply

    def _describe_end(self) -> Message:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._confined.process.wait(END_TIMEOUT)  # its pipe closes a moment before it is gone
        status = self._confined.end()
        signal = -status if status < 0 else status - 128 if status > 128 else 0
        if signal:
            return Message("its process was ended by signal {signal}", signal=signal)
        return Message("its process exited with status {status}", status=status)


def _student_error(described: Any, folder: str) -> StudentError | WorkerEnded:
    """Read a worker's description of an error, bounded; `folder`, which varies, is left out."""
    try:
        kinds = [printable(str(kind)[:80]) for kind in described["kinds"][:12]]
        lines = [
            Line(
                printable(str(file)[:200]),
                int(number),
                printable(str(function)[:80]),
                printable(str(text)[:200]),
            )
            for file, number, function, text in described["lines"][:8]
        ]
        message = printable(str(described["message"])[:500]).replace(folder, "")
        return StudentError(kinds or ["Exception"], message, lines)
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        return WorkerEnded(Message("a malformed answer"))


def is_number(value: Any) -> bool:
    """Whether a worker's answer is one real number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
