"""What a confined program may use, and what is left after its end: in every tier."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import ConfinedProcess, Limits, OutOfMemory, OutOfTime, Program, Sandbox
from autograder.sandbox.base import LAST_OUTPUT, SandboxError

MIB = 2**20

Ask = Callable[..., Any]
Confine = Callable[..., ConfinedProcess]


# Limits


def test_the_size_of_a_file_is_limited(ask: Ask) -> None:
    said = ask(
        """
        file = open(os.environ['HOME'] + '/large', 'wb', buffering=0)
        written = 0
        try:
            while written < 64 * 2**20:
                written += file.write(bytes(2**20))
        except OSError as error:
            say([written, type(error).__name__])
        """,
        limits=Limits(file_size=4 * MIB),
    )

    assert said is not None
    assert said[0] <= 4 * MIB


def test_memory_beyond_the_address_space_limit_is_refused(ask: Ask) -> None:
    said = ask("say(attempt(bytearray, 2**30))", limits=Limits(address_space=512 * MIB))

    assert said == "MemoryError"


def test_processor_time_is_limited(confine: Confine) -> None:
    confined = confine("while True: pass", limits=Limits(cpu=1))

    assert confined.read(1, time.monotonic() + 20) == b""
    assert confined.end() in (-9, 137, -24, 152)  # killed, or told that its time is over


def test_a_program_that_does_not_answer_is_out_of_time(confine: Confine) -> None:
    confined = confine("time.sleep(60)")
    started = time.monotonic()

    with pytest.raises(OutOfTime):
        confined.read(1, started + 0.3)

    assert time.monotonic() - started < 30


def test_a_program_that_does_not_read_is_out_of_time(confine: Confine) -> None:
    confined = confine("time.sleep(60)")

    with pytest.raises(OutOfTime):
        confined.write(bytes(4 * MIB), time.monotonic() + 0.3)


def test_writing_to_a_program_that_has_ended_is_not_an_error(confine: Confine) -> None:
    confined = confine("")
    confined.process.wait(20)

    confined.write(bytes(MIB), time.monotonic() + 5)

    assert confined.end() == 0


HOARD = "kept = []\nwhile len(kept) < 60:\n    kept.append(b'x' * 2**23)\n    time.sleep(0.005)\n"


def test_a_program_above_its_memory_limit_is_ended(confine: Confine) -> None:
    confined = confine(HOARD, limits=Limits(memory=150 * MIB))

    with pytest.raises(OutOfMemory):
        confined.read(1, time.monotonic() + 30)


def test_the_memory_of_children_counts_too(confine: Confine) -> None:
    """Each of the three processes stays below the limit."""
    confined = confine(
        """
        for _ in range(3):
            if not os.fork():
                kept = b'x' * (100 * 2**20)
                time.sleep(60)
        time.sleep(60)
        """,
        children=True,
        limits=Limits(memory=220 * MIB),
    )

    with pytest.raises(OutOfMemory):
        confined.read(1, time.monotonic() + 30)


def test_the_memory_of_detached_children_counts_too(confine: Confine) -> None:
    """Their parent has ended, and they have a session of their own."""
    confined = confine(
        """
        if not os.fork():
            os.setsid()
            if not os.fork():
                kept = b'x' * (300 * 2**20)
                time.sleep(60)
            os._exit(0)
        time.sleep(60)
        """,
        children=True,
        limits=Limits(memory=220 * MIB),
    )

    with pytest.raises(OutOfMemory):
        confined.read(1, time.monotonic() + 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may ask which pages are shared")
def test_memory_that_children_share_counts_once(confine: Confine) -> None:
    confined = confine(
        """
        kept = b'x' * (100 * 2**20)
        for _ in range(3):
            if not os.fork():
                time.sleep(1)
                os._exit(0)
        time.sleep(1)
        say('done')
        """,
        children=True,
        limits=Limits(memory=220 * MIB),
    )

    assert confined.read(100, time.monotonic() + 30) == b'"done"'


def test_the_number_of_processes_is_limited(confine: Confine) -> None:
    confined = confine(
        """
        said = 'without end'
        try:
            for _ in range(60):
                if not os.fork():
                    time.sleep(60)
        except OSError:
            said = 'an end'
        time.sleep(1)
        say(said)
        """,
        children=True,
        limits=Limits(processes=20),
    )

    with contextlib.suppress(
        OutOfMemory
    ):  # the kernel does not count root's processes, and the sandbox does
        assert confined.read(8, time.monotonic() + 20) == b'"an end"'


def test_the_end_of_a_program_s_output_is_kept(confine: Confine) -> None:
    confined = confine(
        "for _ in range(100): print('x' * 100_000)\nprint('the end', file=sys.stderr)\nsay(1)"
    )

    assert confined.read(1, time.monotonic() + 30) == b"1"
    confined.end()

    assert confined.printed.endswith(b"the end\n")
    assert len(confined.printed) <= LAST_OUTPUT


# After the end


def find_processes(token: str) -> list[str]:
    """The processes that have a text among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if token.encode() in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


def test_ending_a_program_ends_its_children(
    confine: Confine, wait_until: Callable[[Callable[[], bool]], bool]
) -> None:
    """These include children that left its session and have another parent."""
    token = f"token-{os.getpid()}-{time.monotonic_ns()}"
    confined = confine(
        """
        for _ in range(3):
            if not os.fork():
                os.setsid()
                if not os.fork():
                    time.sleep(60)
                os._exit(0)
        time.sleep(0.2)
        say('started')
        time.sleep(60)
        """,
        token,
        children=True,
    )
    assert confined.read(9, time.monotonic() + 20) == b'"started"'
    assert len(find_processes(token)) >= 4

    confined.end()

    assert wait_until(lambda: not find_processes(token))


def test_ending_a_program_right_after_its_start_leaves_no_process(
    confine: Confine,
    wait_until: Callable[[Callable[[], bool]], bool],
    request: pytest.FixtureRequest,
) -> None:
    """A namespace in creation is not yet a child of the process that creates it."""
    token = f"token-{os.getpid()}-{time.monotonic_ns()}"

    for number in range(400 if request.config.getoption("--proof") else 80):
        confined = confine("time.sleep(60)", token)
        time.sleep(number % 20 / 8000)
        confined.end()

    assert wait_until(lambda: not find_processes(token))


def test_ending_a_program_twice_gives_the_same_status(confine: Confine) -> None:
    confined = confine("sys.exit(7)")
    confined.process.wait(20)

    assert (confined.end(), confined.end()) == (7, 7)


def test_the_scratch_folder_is_removed_afterwards(ask: Ask) -> None:
    said = ask("name = os.environ['HOME'] + '/x-%s'; open(name % 1, 'w'); say(name % 1)")

    assert not Path(said).exists()
    assert not [path for path in Path("/tmp").glob("dasecv-scratch-*/x-1")]


def test_a_missing_interpreter_is_an_internal_failure(tier: Sandbox, open_folder: Path) -> None:
    program = Program(Path("/nowhere/python"), open_folder, "program.py", [], [])

    with pytest.raises(SandboxError, match="/nowhere/python"):
        tier.start(program)


def test_a_program_that_did_not_start_leaves_no_scratch_folder(
    tier: Sandbox, open_folder: Path
) -> None:
    program = Program(Path("/nowhere/python"), open_folder, "program.py", [], [])
    before = set(Path("/tmp").glob("dasecv-scratch-*"))

    with pytest.raises(SandboxError):
        tier.start(program)

    assert set(Path("/tmp").glob("dasecv-scratch-*")) <= before
