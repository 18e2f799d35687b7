"""Confines the process that runs it, before any student code runs.

    python -I -B confine.py '{"limits": {...}, ...}' program.py arguments...

The last steps of both tiers: resource limits, Landlock if requested, and the seccomp filter. The
process and its children cannot undo them. It runs in the student environment, with only the
standard library, and then runs the program in the same process.
"""

import ctypes
import json
import os
import resource
import runpy
import struct
import sys

SYS_LANDLOCK = {"create_ruleset": 444, "add_rule": 445, "restrict_self": 446}
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE, FILTER_MODE = 22, 38, 4, 2
PR_SET_CHILD_SUBREAPER = 36

# linux/landlock.h: what a folder may be used for.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
READ = EXECUTE | READ_FILE | READ_DIR
WRITE = (1 << 15) - 1 & ~EXECUTE
FILE_ONLY = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1
RULE_PATH_BENEATH = 1

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Confine this process, then run the program."""
    settings = json.loads(sys.argv[1])
    set_limits(settings["limits"])
    if settings["landlock"]:
        restrict_files(settings["readable"], settings["writable"])
    install_filter(bytes.fromhex(settings["filter"]))
    sys.argv = sys.argv[2:]
    sys.path[0:0] = [os.path.dirname(sys.argv[0])]
    runpy.run_path(sys.argv[0], run_name="__main__")


def set_limits(limits: dict) -> None:
    """Set hard and soft limits by name: {'CPU': seconds, 'AS': bytes, ...}."""
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    # A notebook's cells must not reach into the process that runs them.
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # Orphaned processes become our children, so that their memory is counted.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def landlock_abi() -> int:
    """Return the version of Landlock that the kernel has; 0: none."""
    return max(libc.syscall(SYS_LANDLOCK["create_ruleset"], None, 0, 1), 0)


def restrict_files(readable: list, writable: list) -> None:
    """Restrict access to these folders and files; no TCP, no signals to other processes."""
    abi = landlock_abi()
    handled = ALL_BY_ABI[max(version for version in ALL_BY_ABI if version <= abi)]
    net = BIND_TCP | CONNECT_TCP if abi >= 4 else 0
    scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if abi >= 6 else 0
    attributes = struct.pack("QQQ", handled, net, scoped)
    length = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = call("create_ruleset", attributes, length, 0)
    for paths, rights in ((readable, READ), (writable, READ | WRITE)):
        for path in paths:
            if not os.path.exists(path):
                continue
            allowed = rights & handled
            if not os.path.isdir(path):
                allowed &= FILE_ONLY
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            call("add_rule", ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", allowed, descriptor), 0)
            os.close(descriptor)
    no_new_privileges()
    call("restrict_self", ruleset, 0)
    os.close(ruleset)


def install_filter(program: bytes) -> None:
    """Install a seccomp filter, compiled to BPF."""
    buffer = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    described = Program(len(program) // 8, ctypes.addressof(buffer))
    no_new_privileges()
    if libc.prctl(PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(described), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def no_new_privileges() -> None:
    """Give up set-user-id programs; needed before either restriction."""
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")


def call(name: str, *arguments: object) -> int:
    result = libc.syscall(SYS_LANDLOCK[name], *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock {name}")
    return result


if __name__ == "__main__":
    main()
