# Generated from daseCV/checks/running.py by "dasecv release".
"""Runs a public check: asks its questions, and makes the verdict."""

import contextlib
import difflib
import importlib
import linecache
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from .. import autoreload
from ..blanks import describe_leftover
from ..contents import PACKAGE_FOLDER
from ..errors import DaseCVError
from ..language import Message, say
from ..trained import find_stale_part, fingerprint
from .about import ABOUT
from .compare import CheckFailure, NotJudged, NotWritten, not_written
from .hints import first_hint
from .overview import overview, points_of
from .panel import show
from .registry import QUESTIONS, describe_call, forget_calls, latest_call, needed_call
from .tries import last_try, note_try
from .verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict

CHECKS = Path(__file__).resolve().parent


class UnknownCheck(DaseCVError, ValueError):
    """There is no check of a name."""


def check_names() -> list[str]:
    """Return the names of all public checks, in the order of the course."""
    from . import questions  # noqa: F401  (registers them; a notebook's first cell needs none)

    return sorted(QUESTIONS, key=[*ABOUT, *QUESTIONS].index)


def checks_in_folder(folder: Path) -> list[str]:
    """Return the names of the checks in a folder's notebooks; all names if there are none."""
    asked = points_of(folder)
    return [name for name in check_names() if name in asked] or check_names()


def check(name: str = "", **given: Any) -> None:
    """Run one public check on the student's code, and show the verdict.

    A notebook shows a panel, with a picture of where two arrays differ; a terminal plain text.

    Parameters
    ----------
    name : str
        A name in `check_names()`; in a notebook, the `grade_id` of the graded cell. By default,
        all checks of the notebooks in this folder are run, and a checklist with the points is
        printed.
    **given : object
        What the check asks for by name, such as `solver=` for a training run.

    Raises
    ------
    CheckFailure
        If an answer is wrong, or the blank is not written yet.
    ValueError
        If there is no check of that name.
    Exception
        What the student's own code raised.
    """
    __tracebackhide__ = True  # IPython then begins a traceback where the student's code does
    if not name:
        return show_overview()
    _, failure = attempt(name, given)
    if failure is not None:
        raise failure


def show_overview() -> None:
    """Run all checks of the notebooks in this folder, and print a checklist with the points.

    If a file cannot be loaded, nothing is judged.
    """
    autoreload.refresh_for_check()
    autoreload.require_current()
    folder = PACKAGE_FOLDER.parent
    calls = {name: needed_call(name) for name in checks_in_folder(folder)}
    remembered = [name for name, call in calls.items() if call and is_remembered(name)]
    overview(lambda name: judge_as_loaded(name, {})[0], calls, folder, remembered)
    autoreload.require_current()


def is_remembered(name: str) -> bool:
    """Whether the last try of a training check was right, with code that has not changed since."""
    last = last_try(name, PACKAGE_FOLDER.parent)
    return last.get("sign") == RIGHT and last.get("code") == fingerprint(ABOUT[name].suspects)


def attempt(name: str, given: dict[str, Any]) -> tuple[Verdict, Exception | None]:
    """Run a check, record the try and show it; returns what `judge` does."""
    require_known_check(name)
    verdict, failure = judge(name, given)
    if not isinstance(failure, NotJudged):
        code = fingerprint(ABOUT[name].suspects) if needed_call(name) else ""
        verdict = replace(verdict, trend=note_try(verdict, PACKAGE_FOLDER.parent, code))
    shown = show(verdict)
    if isinstance(failure, CheckFailure):
        failure.shown = shown
    elif failure is not None and shown:  # a traceback would repeat it
        with contextlib.suppress(AttributeError):
            vars(failure)["_render_traceback_"] = lambda: [f"✗ {verdict.headline}"]
    return verdict, failure


def require_known_check(name: str) -> None:
    """Refuse a name that no check has, and suggest a similar one."""
    names = check_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        guess = Message("; did you mean {near}?", near=repr(near[0])) if near else ""
        raise UnknownCheck(
            say(
                "check: got {name}, expected one of: {names}{guess}",
                name=repr(name),
                names=", ".join(names),
                guess=guess,
            )
        )


def judge(name: str, given: dict[str, Any]) -> tuple[Verdict, Exception | None]:
    """Run a check; return the verdict and the exception to raise. Shows nothing.

    Nothing is judged if a file cannot be loaded, or has changed in the meantime.
    """
    problem = autoreload.refresh_for_check() or find_stale_model(name, given)
    try:
        found = None if problem else judge_as_loaded(name, given)
    except KeyboardInterrupt as error:
        file, line = _place(error)
        problem = Message("you stopped it in {file}, line {line}", file=file, line=line)
    if problem := problem or autoreload.find_problem():
        unjudged = Verdict(name, ERROR, (), 0.0, problem)
        return unjudged, NotJudged(unjudged.failure())
    assert found is not None
    return found


def find_stale_model(name: str, given: dict[str, Any]) -> Message | None:
    """Say what has changed since the training of a model that a check gets."""
    models = [getattr(value, "model", value) for value in given.values()]
    stale = (find_stale_part(model, ABOUT[name].suspects) for model in models)
    return next(filter(None, stale), None)


def judge_as_loaded(name: str, given: dict[str, Any]) -> tuple[Verdict, Exception | None]:
    """Run a check on the code in memory; returns what `judge` does."""
    check_names()  # registers them
    answered: list[str] = []
    started = time.perf_counter()

    def verdict(sign: str, message: Message | None = None, **more: Any) -> Verdict:
        seconds = time.perf_counter() - started
        return Verdict(name, sign, tuple(answered), seconds, message, **more)

    # nbgrader gives 0 to a cell that writes to stderr; a student's warning is no mistake.
    with contextlib.redirect_stderr(sys.stdout), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forget_calls()
        try:
            for question in QUESTIONS[name](**given):
                answered.append(question)
                forget_calls()
            _require_this_folder()
        except NotImplementedError as error:
            file, line = _place(error)
            said = Message(
                "{what}: open {file}, line {line}",
                what=not_written(str(error)),
                file=file,
                line=line,
            )
            hint = describe_leftover(PACKAGE_FOLDER.parent / file, line)
            found = verdict(UNWRITTEN, said, hint=hint, place=f"{file}:{line}")
            return found, NotWritten(found.failure())
        except CheckFailure as failure:
            found = verdict(
                WRONG,
                failure.message,
                hint=first_hint(ABOUT[name].suspects),
                difference=failure.difference,
                reproduce=reproduction(name),
            )
            raised = CheckFailure(found.failure())
            raised.difference = failure.difference
            return found, raised
        except Exception as error:
            file, line = _place(error)
            said = Message("{kind}: {text}", kind=type(error).__name__, text=str(error))
            asked = latest_call()
            said = said.with_details(
                where=Message("{file}, line {line}", file=file, line=line),
                line=linecache.getline(str(PACKAGE_FOLDER.parent / file), line).strip(),
                asked=describe_call(*asked) if asked else "",
            )
            lines = reproduction(name)
            found = verdict(ERROR, said, place=f"{file}:{line}", reproduce=lines)
            return found, error.with_traceback(_student_traceback(error))
    return verdict(RIGHT), None


def reproduction(name: str) -> str:
    """Lines that repeat the latest call; '' if there was none."""
    asked = latest_call()
    if asked is None or needed_call(name):
        return ""
    model = "model = function.__self__  # its numbers: model.params\n"
    return (
        "from daseCV.checks import question\n\n"
        f'function, arguments = question("{name}")\n'
        'print(function, [getattr(a, "shape", type(a)) for a in arguments])\n'
        f"{model if hasattr(asked[0], '__self__') else ''}"
        "result = function(*arguments)"
    )


def question(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return what a check asked when it failed: a function of the student's, and its arguments.

    Raises
    ------
    ValueError
        If the check is right, or calls no function by itself.
    """
    require_known_check(name)
    autoreload.refresh_for_check()
    autoreload.require_current()
    _, failure = judge_as_loaded(name, {})
    asked = latest_call() if failure is not None else None
    if asked is None:
        raise ValueError(say("{name} has no question that is answered wrongly", name=name))
    return asked


def _require_this_folder() -> None:
    """Require that no module comes from another daseCV, in place of a file that is missing here."""
    for name, file in autoreload.imported_files().items():
        if PACKAGE_FOLDER not in Path(file).resolve().parents:
            raise CheckFailure(
                Message(
                    "{name} was imported from {file}, expected it in {folder}; is the file missing "
                    "there?",
                    name=name,
                    file=file,
                    folder=PACKAGE_FOLDER,
                )
            )


def _student_traceback(error: Exception) -> TracebackType | None:
    """The part of an error's traceback in the student's code; all of it if there is none."""
    trace = error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        importing = file == importlib.__file__ or file.startswith("<frozen")
        if not importing and CHECKS not in Path(file).resolve().parents:
            return trace
        trace = trace.tb_next
    return None if isinstance(error, SyntaxError) else error.__traceback__


def _place(error: BaseException) -> tuple[str, int]:
    """The file and the line in the student's package that raised an error."""
    frames = list(traceback.extract_tb(error.__traceback__))
    theirs = [
        frame
        for frame in frames
        if PACKAGE_FOLDER in (path := Path(frame.filename).resolve()).parents
        and CHECKS not in path.parents
    ]
    frame = (theirs or frames)[-1]
    place, line = frame.filename, frame.lineno
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        place, line = error.filename, error.lineno  # of a file that could not be imported
    return autoreload.path_in_folder(str(Path(place).resolve())), line or 0
