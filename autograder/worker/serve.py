"""The worker's loop: answers questions about one submission's `daseCV`, until the pipe closes.

    python serve.py FOLDER MODULES READ_FD WRITE_FD

It starts before the submission is in its folder, loads the given MODULES, and waits.

Runs inside the sandbox, in the student environment, beside student code: nothing in here is secret
and nothing that it says is believed. It knows no question, no expected value and no tolerance.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from absent import AbsentModules
from frames import Handle, Laid, encode, read_frame
from stand_ins import StandIns

PACKAGE = "daseCV"
MESSAGE = 500  # characters of a student's error message


class Worker:
    """What stays here between questions: the kept objects, and the stand-ins.

    `ask` sends a message to the trusted side, before the question is answered, and returns its
    reply.
    """

    def __init__(self, folder: str, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.folder = folder
        self.kept: dict[int, Any] = {}
        self.next_handle = 0
        # Of what a call left here: the arrays that the call was given, and copies from before.
        self.inputs: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        self.stand_ins = StandIns(PACKAGE, ask)
        self.current = "", 0

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Do what a question asks; an exception of the student's code is an answer as well."""
        try:
            return getattr(self, f"do_{question['do']}")(**question["given"])
        except BaseException as error:  # SystemExit too: a student's exit ends nothing here
            return {"error": self.describe(error)}

    def do_call(
        self,
        target: Any,
        arguments: list[Any],
        keep: Any = (),
        now: str = "",
        path: Any = (),
    ) -> dict[str, Any]:
        """Call a function, a class, or something kept, and send what it returns.

        Positions of the returned tuple in `keep` stay here (True: all of it). Told as changed are
        arguments: arrays that hold other numbers than before, and caches whose call was given such.
        """
        function = self.find(target)
        for name in path:
            function = getattr(function, name)
        if self.current != (now, len(sys.modules)):  # a module that came since knows none yet
            set_current(now)
            self.current = now, len(sys.modules)
        given = [self.laid_out(argument) for argument in arguments]
        pairs = [[(a, a.copy())] if isinstance(a, np.ndarray) else [] for a in given]
        inputs = [pair for array in pairs for pair in array]
        for place, argument in enumerate(arguments):
            if isinstance(argument, Handle):  # a cache may hold what its forward pass was given
                pairs[place] = self.inputs.get(argument.number, [])
        result = function(*given)
        changed = [place for place, held in enumerate(pairs) if any(differ(*p) for p in held)]
        first = self.next_handle
        sent = self.send(result, keep)
        self.inputs.update(dict.fromkeys(range(first + 1, self.next_handle + 1), inputs))
        return {"result": sent, "changed": changed}

    def do_look(self, target: Any, path: list[Any]) -> dict[str, Any]:
        return {"result": self.send(follow(self.find(target), path), ())}

    def do_update(self, target: Any, path: list[Any], value: Any) -> dict[str, Any]:
        follow(self.find(target), path).update(self.laid_out(value))
        return {"result": None}

    def do_share(self, one: Any, other: Any, path: list[Any]) -> dict[str, Any]:
        value = follow(self.find(other), path)
        pairs = [(a, b) for a in arrays_in(self.find(one)) for b in arrays_in(value)]
        return {"result": any(np.may_share_memory(a, b) for a, b in pairs)}

    def do_step(self, model: Any, rule: str, configs: Any, X: Any, y: Any) -> dict[str, Any]:
        """One step of training: the student's loss, then the student's update rule."""
        self.stand_ins.forget()
        model, configs, update = self.find(model), self.find(configs), self.find(rule)
        loss, grads = model.loss(X, y)
        for name in list(model.params):
            config = configs.setdefault(name, dict(configs["all"]))
            model.params[name], configs[name] = update(model.params[name], grads[name], config)
        return {"result": self.send(loss, ())}

    def do_keep(self, value: Any) -> dict[str, Any]:
        return {"result": self.handle(self.laid_out(value))}

    def do_seed(self, seed: int) -> dict[str, Any]:
        """Seed NumPy's global random numbers, so that a repeated grading repeats exactly."""
        np.random.seed(seed)
        return {"result": None}

    def do_forget(self) -> dict[str, Any]:
        self.kept.clear()
        self.inputs.clear()
        self.stand_ins.forget()
        return {"result": None}

    def do_renew(self, modules: list[str]) -> dict[str, Any]:
        """Import the package anew, when other files have come; given modules first."""
        self.do_forget()
        for name in list(sys.modules):
            if name.partition(".")[0] == PACKAGE:
                del sys.modules[name]
        load(modules)
        return {"result": None}

    def do_replace(self, parts: list[dict[str, Any]], watched: bool) -> dict[str, Any]:
        self.stand_ins.install(parts, watched)
        return {"result": None}

    def find(self, target: Any) -> Any:
        """Find something kept, or 'module:name' of the submission."""
        if isinstance(target, Handle):
            return self.kept[target.number]
        module, _, name = target.partition(":")
        found = importlib.import_module(f"{PACKAGE}.{module}")
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def laid_out(self, value: Any) -> Any:
        """Give an array the layout in memory that was asked for; look handles up."""
        if isinstance(value, Handle):
            return self.kept[value.number]
        if isinstance(value, dict):
            return {sys.intern(key): self.laid_out(item) for key, item in value.items()}
        if isinstance(value, str):  # `mode is "train"` holds in a student's own process
            return sys.intern(value)
        if isinstance(value, tuple | list):
            return type(value)(map(self.laid_out, value))
        if not isinstance(value, Laid):
            return value
        array = value.array
        if value.layout == "strided":
            wide = np.repeat(array, 2, axis=-1)
            return wide[..., ::2]
        return array

    def send(self, value: Any, keep: Any) -> Any:
        """Make a value ready to travel; what cannot travel stays, behind a handle."""
        if keep is True:
            return self.handle(value)
        if isinstance(value, tuple | list):
            parts = [
                self.handle(item) if place in keep else self.send(item, ())
                for place, item in enumerate(value)
            ]
            return tuple(parts) if isinstance(value, tuple) else parts
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {str(key): self.send(item, ()) for key, item in value.items()}
        if value is None:
            return None
        for plain in (bool, int, float, str):  # subclasses too, as what they are
            if isinstance(value, plain):
                return plain(value)
        if isinstance(value, np.ndarray | np.number | np.bool_) and value.dtype.kind in "biuf":
            return np.asarray(value) if isinstance(value, np.ndarray) else value
        return self.handle(value)

    def handle(self, value: Any) -> Handle:
        self.next_handle += 1
        self.kept[self.next_handle] = value
        return Handle(self.next_handle)

    def describe(self, error: BaseException) -> dict[str, Any]:
        """The kind of an error, its message, and where in the student's files it arose."""
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


def follow(value: Any, path: list[Any]) -> Any:
    """What attributes and entries, one after the other, lead to."""
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


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold different numbers."""
    return not np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def set_current(blank: str) -> None:
    """Tell the modules that stand in for given code which blank is being asked."""
    for module in list(sys.modules.values()):
        if hasattr(module, "STANDS_IN"):
            setattr(module, "STANDS_IN", blank)  # noqa: B010


def load(modules: Iterable[str]) -> None:
    importlib.invalidate_caches()
    for module in modules:
        importlib.import_module(f"{PACKAGE}.{module}")


def main() -> None:
    """Serve until the other end hangs up: arguments are the folder, modules, and two pipes."""
    folder, modules, reading, writing = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    sys.path.insert(0, folder)
    sys.meta_path.append(AbsentModules(folder))
    importlib.import_module("numpy.random")  # which NumPy leaves until somebody asks for it
    load(filter(None, modules.split(",")))
    with open(reading, "rb") as questions, open(writing, "wb") as answers:
        number = 0

        def send(message: dict[str, Any]) -> None:
            answers.write(encode({"id": number, **message}))
            answers.flush()

        def ask(message: dict[str, Any]) -> dict[str, Any]:
            send(message)
            reply = read_frame(questions.read)
            if reply is None:
                os._exit(0)  # nobody waits for an answer any more
            return reply

        worker = Worker(folder + os.sep, ask)
        send({"ready": True})
        while (question := read_frame(questions.read)) is not None:
            if not number:
                importlib.invalidate_caches()  # the files came while we waited
            number = question["id"]
            reply = worker.answer(question)
            try:
                send(reply)
            except Exception as error:
                send({"error": worker.describe(error)})


if __name__ == "__main__":
    main()
