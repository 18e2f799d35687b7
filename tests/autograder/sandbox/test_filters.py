"""The system calls of a worker and of a notebook: every number is tried in every tier."""

import mmap
import platform
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pyseccomp
import pytest

from autograder.sandbox import filters
from autograder.sandbox.filters import CALLS, FORMS, NOTEBOOK_CALLS, NOTEBOOK_FORMS, PRIVATE

Ask = Callable[..., Any]

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers are x86-64's")

CALL = """
import ctypes, errno, json, mmap, sys
libc = ctypes.CDLL(None, use_errno=True)
def is_there(number, *arguments):
    ctypes.set_errno(0)
    libc.syscall(*map(ctypes.c_ulong, (number, *arguments)))
    return ctypes.get_errno() != errno.ENOSYS
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                 prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# push rbx; mov eax, edi; xor ebx, ecx, edx, esi, edi; int 0x80; pop rbx; ret
page.write(bytes.fromhex("53 89f8 31db 31c9 31d2 31f6 31ff cd80 5b c3"))
call_32 = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(
    ctypes.addressof(ctypes.c_char.from_buffer(page))
)
"""
LAST = 600  # Linux 6.18 has numbers up to 469
PROBES = {335, 336}  # only for code that the kernel itself writes; others get a signal
X32, GETPID_32 = 0x40000000, 20
END_THE_TEST = {"exit", "exit_group", "rt_sigreturn", "fork", "vfork"}
ALL_ONES = [2**64 - 1] * 6  # an argument that is invalid for every call


def numbers_of(names: set[str]) -> set[int]:
    """Numbers on this machine; calls that only other machines have are left out."""
    arch = pyseccomp.system_arch()
    return {number for name in names if (number := pyseccomp.resolve_syscall(arch, name)) >= 0}


def has_32_bit_calls() -> bool:
    """Whether this kernel supports `int 0x80`; others end the process."""
    run = subprocess.run([sys.executable, "-c", CALL + f"call_32({GETPID_32})"], check=False)
    return run.returncode != -signal.SIGSEGV


@pytest.mark.parametrize("children", [False, True], ids=["worker", "notebook"])
def test_each_call_that_is_not_on_the_list_is_refused(ask: Ask, children: bool) -> None:
    listed = {*CALLS, *FORMS, *((*NOTEBOOK_CALLS, *NOTEBOOK_FORMS) if children else ())}
    others = sorted(set(range(LAST)) - numbers_of(listed) - PROBES)
    without_forms = sorted(numbers_of(listed - set(NOTEBOOK_FORMS) - END_THE_TEST))

    answer = ask(
        CALL
        + f"""
say([
    [number for number in {others} if is_there(number, *[0] * 6)],
    [number for number in range({X32}, {X32} + {LAST}) if is_there(number, *[0] * 6)],
    [number for number in range({LAST if has_32_bit_calls() else 0}) if call_32(number) != -38],
    [number for number in {without_forms} if not is_there(number, *{ALL_ONES})],
])
""",
        children=children,
    )

    assert answer == [[], [], [], []]


FS_IOCTLS = [0x6601, 0x6602, 0xC020660B, 0x801C581F, 0x401C5820, 0xC0506617]  # flags, extents, keys
OFD_LOCKS, LINUX_FCNTL = range(36, 39), range(1024, 1044)
# Position of an argument, allowed values, refused values; the other arguments are zeros.
TRIED: dict[str, tuple[int, set[int], set[int]]] = {
    "fcntl": (1, set(filters.FCNTL), {*range(20), *OFD_LOCKS, *LINUX_FCNTL}),
    "ioctl": (1, set(filters.IOCTL), {*range(0x5400, 0x5480), *FS_IOCTLS}),
    "madvise": (2, {4, 8, 14, 15}, {*range(32), *range(100, 104)}),
    "prctl": (0, {15, 16}, {*range(80), 0x59616D61, 0x53564D41}),
    "prlimit64": (0, {0}, {1, 2, 2**32 - 1}),
    "futex": (1, {0, 9, 265, *(PRIVATE | op for op in (0, 1, 3, 4, 5, 9, 10, 265))}, {*range(400)}),
    "clone": (
        0,
        set(),
        {0, 17, 0x10000, 0x10000000 | filters.THREAD, *(1 << n for n in range(32))},
    ),
    "mmap": (3, {mmap.MAP_PRIVATE}, {1, 3, 0x21, 0x2022, 0x40022, 2**32 + 1}),
}


def test_calls_with_many_forms_are_refused_except_in_the_allowed_forms(ask: Ask) -> None:
    arch = pyseccomp.system_arch()
    cases = [
        (name, value, [0] * position + [value] + [0] * (5 - position))
        for name, (position, allowed, others) in TRIED.items()
        for value in sorted(allowed | others)
    ]
    numbered = [(pyseccomp.resolve_syscall(arch, name), arguments) for name, _, arguments in cases]

    answer = ask(CALL + f"say([is_there(number, *arguments) for number, arguments in {numbered}])")

    there = {(name, value) for (name, value, _), there in zip(cases, answer, strict=True) if there}
    assert there == {(name, value) for name, (_, allowed, _) in TRIED.items() for value in allowed}


def test_names_on_the_list_are_names_of_calls() -> None:
    names = {*CALLS, *NOTEBOOK_CALLS, *NOTEBOOK_FORMS}

    assert len(numbers_of(names)) == len(names)
