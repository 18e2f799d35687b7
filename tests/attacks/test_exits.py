"""Exiting early: every way to end a process, at import or when asked, and every way not to end."""

import pytest

from .harness import CONV, POOL, Arena, Attack, cases


@cases(
    Attack(
        "sys.exit at import",
        "Exits as soon as it is imported, with the status of success.",
        "import sys; sys.exit(0)",
    ),
    Attack(
        "os._exit at import",
        "Exits without a trace: no handler and no exception of Python is involved.",
        "import os; os._exit(0)",
        says="exited with status 0",
    ),
    Attack(
        "os.abort at import",
        "Ends by a signal, which a grader might mistake for an internal failure.",
        "import os; os.abort()",
    ),
    Attack(
        "killed at import",
        "Ends as if by SIGKILL, which looks as if the machine had run out of memory.",
        """
        import os, signal
        try:
            signal.raise_signal(signal.SIGKILL)
        finally:
            os._exit(128 + 9)
        """,
        says="ended by signal 9",
    ),
    Attack(
        "segmentation fault at import",
        "Reads address 0.",
        "import ctypes; ctypes.string_at(0)",
        says="ended by signal 11",
    ),
    Attack(
        "keyboard interrupt at import",
        "Raises an exception that would stop a grader that catches only Exception.",
        "raise KeyboardInterrupt",
    ),
    Attack(
        "an exception that cannot be shown",
        "Its text and its name raise in turn, in the code that reports it.",
        """
        class Bomb(BaseException):
            def __str__(self):
                raise Bomb
            __repr__ = __str__
        raise Bomb
        """,
    ),
    Attack(
        "deadlock at import",
        "Waits for a lock that it holds.",
        "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
        waits=True,
    ),
    Attack(
        "endless loop at import",
        "Its import never ends.",
        "while True: pass",
        waits=True,
    ),
    Attack(
        "ignored signals",
        "Ignores every signal that can be, then sleeps for a day.",
        """
        import signal, time
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        time.sleep(86400)
        """,
        waits=True,
    ),
)
def test_exiting_at_import_loses_all_checks(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)


@pytest.mark.each_tier
@cases(
    Attack(
        "sys.exit when asked",
        "Exits instead of answering.",
        "def conv_forward_naive(*_): raise SystemExit(0)",
        earns=(POOL,),
    ),
    Attack(
        "os._exit when asked",
        "Exits instead of answering, and would prevent the next layer's answers too.",
        "import os; conv_forward_naive = lambda *_: os._exit(0)",
        earns=(POOL,),
    ),
    Attack(
        "stack overflow when asked",
        "Recurses through C until the stack is used up.",
        """
        import sys
        sys.setrecursionlimit(10**9)
        def conv_forward_naive(*arguments):
            return sorted([1, 2], key=lambda _: conv_forward_naive())
        """,
        earns=(POOL,),
    ),
    Attack(
        "endless loop when asked",
        "Keeps the processor busy instead of answering.",
        "def conv_forward_naive(*_):\n    while True: pass",
        earns=(POOL,),
        waits=True,
        says="no answer in time",
    ),
    Attack(
        "sleep when asked",
        "Sleeps instead of answering, with alarms and interrupts switched off.",
        "import time; conv_forward_naive = lambda *_: time.sleep(86400)",
        earns=(POOL,),
        waits=True,
        says="no answer in time",
    ),
    Attack(
        "thread that never ends",
        "Answers in a thread that outlives the answer and holds up the end of the process.",
        """
        import threading, time
        threading.Thread(target=time.sleep, args=(86400,)).start()
        """,
        earns=(CONV, POOL),
    ),
    Attack(
        "handlers at exit",
        "Registers work for the end of the process: to sleep, and to kill the process that waits.",
        """
        import atexit, os, time
        atexit.register(time.sleep, 86400)
        atexit.register(lambda: os.kill(os.getppid(), 9))
        """,
        earns=(CONV, POOL),
    ),
    Attack(
        "kill everybody",
        "Kills its parent, its group, process 1 and all others before it answers honestly.",
        """
        import os, signal
        honest = conv_forward_naive
        def conv_forward_naive(*arguments):
            for pid in (os.getppid(), 0, 1, -1, *range(2, 3000)):
                for send in (os.kill, os.killpg):
                    try:
                        send(pid, signal.SIGKILL)
                    except OSError:
                        pass
            return honest(*arguments)
        """,
        earns=(CONV, POOL),
    ),
    Attack(
        "trace the parent",
        "Attaches to its parent and to process 1 as a debugger.",
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        attached = [libc.ptrace(16, pid, 0, 0) for pid in (os.getppid(), 1)]
        conv_forward_naive = lambda *_: (np.zeros(attached.count(0)), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
)
def test_exiting_when_asked_loses_that_check_alone(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)
