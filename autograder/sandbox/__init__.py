"""Where student code runs: one interface, two tiers, and no way round that is not loudly named.

sandbox = find_sandbox()
confined = sandbox.start(Program(python, arguments, readable))
"""

import platform
import sys
from pathlib import Path

from .base import Confined, Limits, OutOfMemory, OutOfTime, Program, Sandbox, SandboxError
from .bubblewrap import Bubblewrap, why_not
from .filters import compile_filter
from .landlock import Landlock
from .launch import exposes, launch

__all__ = [
    "Confined",
    "Limits",
    "NoSandbox",
    "OutOfMemory",
    "OutOfTime",
    "Program",
    "Sandbox",
    "SandboxError",
    "Unconfined",
    "exposes",
    "find_sandbox",
    "remedies",
]

TIERS = ("bubblewrap", "landlock")


class NoSandbox(SandboxError):
    """No tier works here; the message says what to do."""


class Unconfined:
    """No sandbox at all: for trying things out on a machine that has none. Stamps every report."""

    name = "none: graded without a sandbox"
    gaps: tuple[str, ...] = (
        "everything: student code can read, change and forge whatever you can",
    )

    def start(self, program: Program) -> Confined:
        return launch(program, scratch="/tmp")


def find_sandbox(tier: str | None = None, unsafe: bool = False) -> Sandbox:
    """The best sandbox that works here, or the tier that is insisted on.

    Where none works, `unsafe` takes none; else NoSandbox says why, and what to do.
    """
    if tier is not None and tier not in TIERS:
        raise ValueError(f"find_sandbox: got tier {tier!r}, expected one of: {', '.join(TIERS)}")
    problems = []
    for name in TIERS if tier is None else (tier,):
        problem = why_not_tier(name)
        if not problem:
            return Bubblewrap() if name == "bubblewrap" else Landlock()
        problems.append(f"{name}: {problem}")
    if unsafe:
        return Unconfined()
    raise NoSandbox(
        "no sandbox works here, and nothing is graded without one.\n  "
        + "\n  ".join([*problems, *remedies()])
    )


def why_not_tier(name: str) -> str:
    """What stops a tier on this machine; nothing where it works."""
    if platform.system() != "Linux":
        return f"needs Linux, this is {platform.system()}"
    try:
        compile_filter(children=False)
        if name == "bubblewrap":
            return why_not(Path(sys.executable))
        Landlock()
    except SandboxError as error:
        return str(error)
    return ""


def remedies() -> list[str]:
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
