"""The worker's loop: answers questions about one submission's `daseCV`, until the pipe closes.

    python serve.py FOLDER MODULES READ_FD WRITE_FD

It starts before the submission is in its folder, imports the given MODULES, and waits.

It runs inside the sandbox, in the student environment, beside student code: nothing here is secret,
and its answers are untrusted. It knows no questions, expected values or tolerances.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from absent import AbsentModules
from frames import Handle, LaidOutArray, encode, read_frame
from stand_ins import StandIns

PACKAGE = "daseCV"
MESSAGE = 500  # characters of a student's error message


class Worker:
    """Answers questions; keeps objects between them, and the stand-ins.

    `ask` sends a message to the trusted side while a question is answered, and returns the reply.
    """

    def __init__(self, folder: str, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.folder = folder
        self.kept: dict[int, Any] = {}
        self.next_handle = 0
        # By kept result: the arrays that its call was given, and copies made before the call.
        self.inputs: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        self.stand_ins = StandIns(PACKAGE, ask)
        self.current = "", 0

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question; an exception of the student's code is an answer too."""
        try:
            return getattr(self, f"do_{question['do']}")(**question["given"]) or {"result": None}
        except BaseException as error:  # SystemExit too: a student's exit must not end the worker
            return {"error": self.describe_error(error)}

    def do_call(
        self,
        target: Any,
        arguments: list[Any],
        keep: Any = (),
        blank: str = "",
        path: Any = (),
    ) -> dict[str, Any]:
        """Call a function, a class, or a kept object, and return its result.

        Results at the positions in `keep` stay here (True: all). `changed` are arguments: arrays
        whose numbers changed, and caches whose forward pass was given such arrays.
        """
        function = self.find(target)
        for name in path:
            function = getattr(function, name)
        if self.current != (blank, len(sys.modules)):  # new modules do not know the blank yet
            set_current(blank)
            self.current = blank, len(sys.modules)
        given = [self.lay_out(argument) for argument in arguments]
        pairs = [[(a, a.copy())] if isinstance(a, np.ndarray) else [] for a in given]
        inputs = [pair for array in pairs for pair in array]
        for place, argument in enumerate(arguments):
            if isinstance(argument, Handle):  # a cache may hold arguments of its forward pass
                pairs[place] = self.inputs.get(argument.number, [])
        result = function(*given)
        changed = [
            place
            for place, held in enumerate(pairs)
            if not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in held)
        ]
        first = self.next_handle
        sent = self.pack(result, keep)
        self.inputs.update(dict.fromkeys(range(first + 1, self.next_handle + 1), inputs))
        return {"result": sent, "changed": changed}

    def do_fetch(self, target: Any, path: list[Any]) -> dict[str, Any]:
        return {"result": self.pack(follow_path(self.find(target), path), ())}

    def do_update(self, target: Any, path: list[Any], value: Any) -> None:
        follow_path(self.find(target), path).update(self.lay_out(value))

    def do_share(self, one: Any, other: Any, path: list[Any]) -> dict[str, Any]:
        value = follow_path(self.find(other), path)
        pairs = [(a, b) for a in arrays_in(self.find(one)) for b in arrays_in(value)]
        return {"result": any(np.may_share_memory(a, b) for a, b in pairs)}

    def do_step(self, model: Any, rule: str, configs: Any, X: Any, y: Any) -> dict[str, Any]:
        """Make one training step: the student's loss, then the student's update rule."""
        self.stand_ins.forget()
        model, configs, update = self.find(model), self.find(configs), self.find(rule)
        loss, grads = model.loss(X, y)
        for name in list(model.params):
            config = configs.setdefault(name, dict(configs["all"]))
            model.params[name], configs[name] = update(model.params[name], grads[name], config)
        return {"result": self.pack(loss, ())}

    def do_keep(self, value: Any) -> dict[str, Any]:
        return {"result": self.keep_object(self.lay_out(value))}

    def do_seed(self, seed: int) -> None:
        """Seed NumPy's global random numbers, so that a repeated grading repeats exactly."""
        np.random.seed(seed)

    def do_forget(self) -> None:
        self.kept.clear()
        self.inputs.clear()
        self.stand_ins.forget()

    def do_reload(self, modules: list[str]) -> None:
        """Import the package again after its files have changed; given modules first."""
        self.do_forget()
        for name in list(sys.modules):
            if name.partition(".")[0] == PACKAGE:
                del sys.modules[name]
        import_modules(modules)

    def do_replace(self, parts: list[dict[str, Any]], observed: bool) -> None:
        self.stand_ins.install(parts, observed)

    def find(self, target: Any) -> Any:
        """Find a kept object, or 'module:name' of the submission."""
        if isinstance(target, Handle):
            return self.kept[target.number]
        module, _, name = target.partition(":")
        found = importlib.import_module(f"{PACKAGE}.{module}")
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def lay_out(self, value: Any) -> Any:
        """Give arrays the requested memory layout; replace handles by their objects."""
        if isinstance(value, Handle):
            return self.kept[value.number]
        if isinstance(value, dict):
            return {sys.intern(key): self.lay_out(item) for key, item in value.items()}
        if isinstance(value, str):  # so that `mode is "train"` holds, as in a student's own process
            return sys.intern(value)
        if isinstance(value, tuple | list):
            return type(value)(map(self.lay_out, value))
        if not isinstance(value, LaidOutArray):
            return value
        array = value.array
        if value.layout == "strided":
            wide = np.repeat(array, 2, axis=-1)
            return wide[..., ::2]
        return array

    def pack(self, value: Any, keep: Any) -> Any:
        """Convert a value for a frame; objects that cannot be sent stay behind a handle."""
        if keep is True:
            return self.keep_object(value)
        if isinstance(value, tuple | list):
            parts = [
                self.keep_object(item) if place in keep else self.pack(item, ())
                for place, item in enumerate(value)
            ]
            return tuple(parts) if isinstance(value, tuple) else parts
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {str(key): self.pack(item, ()) for key, item in value.items()}
        if value is None:
            return None
        for plain in (bool, int, float, str):  # subclasses too
            if isinstance(value, plain):
                return plain(value)
        if isinstance(value, np.ndarray | np.number | np.bool_) and value.dtype.kind in "biuf":
            return np.asarray(value) if isinstance(value, np.ndarray) else value
        return self.keep_object(value)

    def keep_object(self, value: Any) -> Handle:
        self.next_handle += 1
        self.kept[self.next_handle] = value
        return Handle(self.next_handle)

    def describe_error(self, error: BaseException) -> dict[str, Any]:
        """An error's kinds and message, and the lines of the student's files behind it."""
        lines = []
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(self.folder):
                file = os.path.relpath(frame.filename, self.folder)
                lines.append((file, frame.lineno or 0, frame.name, frame.line or ""))
        if isinstance(error, SyntaxError) and str(error.filename).startswith(self.folder):
            file = os.path.relpath(str(error.filename), self.folder)
            lines.append((file, error.lineno or 0, "", (error.text or "").strip()))
        kinds = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
        return {"kinds": kinds, "message": str(error)[:MESSAGE], "lines": lines[-8:]}


def follow_path(value: Any, path: list[Any]) -> Any:
    """Follow a path of attributes and entries."""
    for step in path:
        value = value[step] if isinstance(value, dict | list | tuple) else getattr(value, step)
    return value


def arrays_in(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list | tuple):
        return []
    return [array for item in inside for array in arrays_in(item)]


def set_current(blank: str) -> None:
    """Tell the guards, which replace given code, which blank is being asked."""
    for module in list(sys.modules.values()):
        if "CURRENT_BLANK" in getattr(module, "__dict__", ()):  # faster than `hasattr`
            setattr(module, "CURRENT_BLANK", blank)  # noqa: B010


def import_modules(modules: Iterable[str]) -> None:
    importlib.invalidate_caches()
    for module in modules:
        importlib.import_module(f"{PACKAGE}.{module}")


def main() -> None:
    """Serve until the other end hangs up: arguments are the folder, modules, and two pipes."""
    folder, modules, reading, writing = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    sys.path.insert(0, folder)
    sys.meta_path.append(AbsentModules(folder))
    importlib.import_module("numpy.random")  # NumPy imports it lazily
    import_modules(filter(None, modules.split(",")))
    with open(reading, "rb") as questions, open(writing, "wb") as answers:
        number = 0

        def send(message: dict[str, Any]) -> None:
            answers.write(encode({"id": number, **message}))
            answers.flush()

        def ask(message: dict[str, Any]) -> dict[str, Any]:
            send(message)
            reply = read_frame(questions.read)
            if reply is None:
                os._exit(0)  # the grader has hung up
            return reply

        worker = Worker(folder + os.sep, ask)
        send({"ready": True})
        while (question := read_frame(questions.read)) is not None:
            if not number:
                importlib.invalidate_caches()  # the files were added while it waited
            number = question["id"]
            reply = worker.answer(question)
            try:
                send(reply)
            except Exception as error:
                send({"error": worker.describe_error(error)})


if __name__ == "__main__":
    main()
