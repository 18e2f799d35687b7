"""Sandboxes for student code: one interface, two tiers, and an explicit unsafe option.

sandbox = find_sandbox()
confined = sandbox.start(Program(python, arguments, readable))
"""

import platform
import sys
from pathlib import Path

from .base import ConfinedProcess, Limits, OutOfMemory, OutOfTime, Program, Sandbox, SandboxError
from .bubblewrap import Bubblewrap, find_bubblewrap_problem
from .filters import compile_filter
from .landlock import Landlock
from .launch import find_exposing_folder, launch

__all__ = [
    "ConfinedProcess",
    "Limits",
    "NoSandboxError",
    "OutOfMemory",
    "OutOfTime",
    "Program",
    "Sandbox",
    "SandboxError",
    "UnconfinedSandbox",
    "find_exposing_folder",
    "find_sandbox",
    "list_remedies",
]

TIERS = ("bubblewrap", "landlock")


class NoSandboxError(SandboxError):
    """No tier works here; the message says what to do."""


class UnconfinedSandbox:
    """No sandbox, for experiments on a machine without one. Every report says so."""

    name = "none: graded without a sandbox"
    gaps: tuple[str, ...] = (
        "everything: student code can read, change and forge whatever you can",
    )

    def start(self, program: Program) -> ConfinedProcess:
        return launch(program, scratch="/tmp")


def find_sandbox(tier: str | None = None, unsafe: bool = False) -> Sandbox:
    """Find the best sandbox that works here, or the given tier.

    If none works, `unsafe` returns an `UnconfinedSandbox`; else NoSandboxError says what to do.
    """
    if tier is not None and tier not in TIERS:
        raise ValueError(f"find_sandbox: got tier {tier!r}, expected one of: {', '.join(TIERS)}")
    problems = []
    for name in TIERS if tier is None else (tier,):
        problem = find_tier_problem(name)
        if not problem:
            return Bubblewrap() if name == "bubblewrap" else Landlock()
        problems.append(f"{name}: {problem}")
    if unsafe:
        return UnconfinedSandbox()
    raise NoSandboxError(
        "no sandbox works here, and nothing is graded without one.\n  "
        + "\n  ".join([*problems, *list_remedies()])
    )


def find_tier_problem(name: str) -> str:
    """Why a tier does not work on this machine; '' if it works."""
    if platform.system() != "Linux":
        return f"needs Linux, this is {platform.system()}"
    try:
        compile_filter(children=False)
        if name == "bubblewrap":
            return find_bubblewrap_problem(Path(sys.executable))
        Landlock()
    except SandboxError as error:
        return str(error)
    return ""


def list_remedies() -> list[str]:
    """What to do on this machine to get a sandbox."""
    if platform.system() == "Darwin":
        return ["macOS: grade in a Linux virtual machine, such as Lima, UTM or a cloud machine"]
    if platform.system() == "Windows":
        return ["Windows: grade in WSL2, which is Linux: wsl --install"]
    lines = []
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.exists() and restricted.read_text().strip() == "1":
        lines.append(
            "Ubuntu 24.04 and newer let only programs with an AppArmor profile make namespaces. As "
            "root, put this into /etc/apparmor.d/bwrap, then run  systemctl reload apparmor:\n"
            + APPARMOR
        )
    userns = Path("/proc/sys/kernel/unprivileged_userns_clone")
    if userns.exists() and userns.read_text().strip() == "0":
        lines.append("user namespaces are off; as root: sysctl kernel.unprivileged_userns_clone=1")
    lines.append("then look again: dasecv doctor")
    return lines


APPARMOR = """
    abi <abi/4.0>,
    include <tunables/global>
    profile bwrap /**/bwrap flags=(unconfined) {
      userns,
      include if exists <local/bwrap>
    }
"""
