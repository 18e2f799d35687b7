"""Shared by the tests of the sandbox: a test writes the program that is confined."""

import json
import os
import shutil
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import StudentEnvironment
from autograder.sandbox import (
    TIERS,
    ConfinedProcess,
    Limits,
    Program,
    Sandbox,
    find_sandbox,
    find_tier_problem,
)

Confine = Callable[..., ConfinedProcess]

SAY = '''
import json, os, sys, time
def say(value):
    os.write(int(sys.argv[-1]), json.dumps(value).encode())
def attempt(function, *arguments):
    """What a call returns, or the kind of its error."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__
'''


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> Sandbox:
    """Each tier that works on this machine."""
    problem = find_tier_problem(request.param)
    if problem:
        pytest.skip(f"{request.param}: {problem}")
    return find_sandbox(request.param)


@pytest.fixture
def confine(tier: Sandbox, environment: StudentEnvironment, open_folder: Path) -> Iterator[Confine]:
    """Start a program in a tier; it gets `say(value)` and `attempt(function, ...)`."""
    started = []
    runtime = open_folder / "runtime"
    runtime.mkdir(mode=0o755)
    shutil.copy(environment.runtime / "confine.py", runtime)

    def confine(
        source: str,
        *arguments: str,
        readable: Sequence[Path] = (),
        limits: Limits = Limits(),  # noqa: B008
        children: bool = False,
        folder: Path | None = None,
        **variables: str,
    ) -> ConfinedProcess:
        if children and tier.name == "landlock" and os.geteuid():
            pytest.skip("landlock runs programs with children as root only")
        (runtime / "program.py").write_text(SAY + textwrap.dedent(source), encoding="utf-8")
        program = Program(
            environment.python,
            runtime,
            "program.py",
            arguments,
            readable,
            limits,
            children,
            variables,
            folder,
        )
        started.append(tier.start(program))
        return started[-1]

    yield confine
    for confined in started:
        confined.end()


@pytest.fixture
def ask(confine: Confine) -> Callable[..., Any]:
    """Run a program to its end and return its output, or None if there is none."""

    def ask(source: str, *arguments: str, **settings: Any) -> Any:
        confined = confine(source, *arguments, **settings)
        output = confined.read(2**20, time.monotonic() + 30)
        confined.end()
        return json.loads(output) if output else None

    return ask
