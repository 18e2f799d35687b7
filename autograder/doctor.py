"""Reports the sandbox of this machine: its tier, its gaps, and what to install."""

import os
import platform
from pathlib import Path

from .sandbox import TIERS, NoSandboxError, find_sandbox, find_tier_problem, list_remedies


def diagnose() -> tuple[bool, list[str]]:
    """Whether a sandbox works on this machine, and lines that describe it."""
    user = f", user {os.geteuid()}" if hasattr(os, "geteuid") else ""
    lines = [f"{platform.system()} {platform.release()}{user}"]
    for name in TIERS:
        problem = find_tier_problem(name)
        lines.append(f"{'✓' if not problem else '✗'} {name}{f': {problem}' if problem else ''}")
    try:
        sandbox = find_sandbox()
    except NoSandboxError:
        return False, [*lines, "No sandbox: nothing is graded here.", *list_remedies()]
    lines.append(f"Grading uses {sandbox.name}.")
    lines += [f"  gap: {gap}" for gap in sandbox.gaps]
    if not Path("/proc/self/task").exists():
        lines.append("  gap: no /proc, so the memory of a worker's children is not watched")
    return True, lines
