"""Taking all resources: memory, disk, processes, threads, output, descriptors, time."""

import pytest

from .harness import CONV, POOL, Arena, Attack, cases


@pytest.mark.each_tier
@cases(
    Attack(
        "memory at import",
        "Takes memory until none is left for any process on the machine.",
        "hoard = []\nwhile True: hoard.append(bytearray(b'x') * 2**26)",
        says="importing layers took too much memory",
    ),
    Attack(
        "memory when asked",
        "Takes memory step by step, page by page.",
        """
        def conv_forward_naive(*_):
            hoard = []
            while True: hoard.append(np.ones(2**22))
        """,
        earns=(POOL,),
        says="too much memory was used",
    ),
    Attack(
        "fork bomb",
        "Doubles itself until nothing else can start.",
        """
        import os
        def conv_forward_naive(*_):
            while True: os.fork()
        """,
        earns=(POOL,),
        says="OSError",
    ),
    Attack(
        "programs",
        "Starts a shell, to be rid of Python's restrictions, as if there were any.",
        """
        import subprocess
        def conv_forward_naive(*_):
            subprocess.run(["/bin/sh", "-c", "echo"])
            raise SystemExit
        """,
        earns=(POOL,),
        says="OSError",
    ),
    Attack(
        "thread bomb",
        "Starts threads with small stacks until the machine has no numbers left for them.",
        """
        import threading, time
        def conv_forward_naive(*_):
            threading.stack_size(2**16)
            for _ in range(20_000):
                threading.Thread(target=time.sleep, args=(86400,), daemon=True).start()
            time.sleep(86400)
        """,
        earns=(POOL,),
        waits=True,
    ),
    Attack(
        "disk bomb",
        "Writes to its folder until the disk is full.",
        """
        import os, tempfile
        def conv_forward_naive(*_):
            with tempfile.TemporaryFile() as file:
                while True: file.write(bytes(2**20))
        """,
        earns=(POOL,),
    ),
    Attack(
        "memory that no process holds",
        "Stores data in shared memory, which counts for no process.",
        """
        import os
        def conv_forward_naive(*_):
            with open(f"/dev/shm/hoard-{os.getpid()}", "wb") as file:
                while True: file.write(bytes(2**20))
        """,
        earns=(POOL,),
        says="Error",
    ),
    Attack(
        "real-time priority",
        "Asks the kernel to run nobody else.",
        """
        import os
        def conv_forward_naive(*_):
            os.nice(-20)
        """,
        earns=(POOL,),
        says="OSError",
    ),
)
def test_taking_all_resources_harms_nobody_else(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)


@cases(
    Attack(
        "more memory than there are addresses",
        "Asks for 100 terabytes at once.",
        "conv_forward_naive = lambda *_: (np.zeros(10**14), None)",
        earns=(POOL,),
        says="MemoryError",
    ),
    Attack(
        "an answer larger than allowed",
        "Answers with an array of 200 MB, for the grader to hold.",
        "conv_forward_naive = lambda *_: (np.zeros(25 * 10**6), None)",
        earns=(POOL,),
        says="no answer",
    ),
    Attack(
        "many answers in one",
        "Answers with a list of two hundred thousand lists, each an object for the grader to make.",
        "conv_forward_naive = lambda *_: ([[]] * 2 * 10**5, None)",
        earns=(POOL,),
        says="no answer",
    ),
    Attack(
        "threads that spin",
        "Leaves threads behind that slow down whatever is asked next, the given layers too.",
        """
        import ctypes, threading
        def spin():
            while True: ctypes.CDLL(None).sched_yield()
        for _ in range(8):
            threading.Thread(target=spin, daemon=True).start()
        """,
        earns=(CONV, POOL),
        within=60.0,
    ),
    Attack(
        "output bomb",
        "Prints for ever through a pipe that it made larger, so that its reader never rests.",
        """
        import fcntl, os, threading
        def pour():
            while True: os.write(1, b"x" * 2**20)
        def conv_forward_naive(*_):
            fcntl.fcntl(1, 1031, 2**20)
            for _ in range(3):
                threading.Thread(target=pour, daemon=True).start()
            pour()
        """,
        earns=(POOL,),
        waits=True,
    ),
    Attack(
        "descriptor bomb",
        "Opens files until no more can be opened.",
        """
        def conv_forward_naive(*_):
            hoard = []
            while True: hoard.append(open(__file__))
        """,
        earns=(POOL,),
        says="Too many open files",
    ),
    Attack(
        "processor time in C",
        "Computes in C, where Python's signals do not reach it.",
        "conv_forward_naive = lambda *_: pow(3, 10**9)",
        earns=(POOL,),
        waits=True,
    ),
    Attack(
        "raised limits",
        "Raises its own limits before it takes more memory.",
        """
        import resource
        def conv_forward_naive(*_):
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        """,
        earns=(POOL,),
        says="not allowed to raise maximum limit",
    ),
)
def test_taking_more_than_any_tier_allows_harms_nobody_else(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)
