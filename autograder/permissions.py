"""Permissions of files that grading writes: for the owner, and if wanted for the group."""

import stat
from pathlib import Path

OTHERS = stat.S_IRWXO


def restrict(path: Path, groupshared: bool = False) -> None:
    """Close a file or folder to other users of the machine.

    The group may write it if `groupshared`, as in nbgrader's `CourseDirectory.groupshared`, or if
    the umask allows it. A umask that only lets the group read is a default, and is ignored.
    """
    mode = stat.S_IMODE(path.stat().st_mode) & ~OTHERS
    if not mode & stat.S_IWGRP:
        mode &= ~stat.S_IRWXG
    if groupshared:
        mode |= stat.S_ISGID | stat.S_IRWXG if path.is_dir() else stat.S_IRGRP | stat.S_IWGRP
    path.chmod(mode)
