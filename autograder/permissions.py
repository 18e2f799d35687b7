"""Who on this machine may read what grading writes: its owner, and the group if meant."""

import stat
from pathlib import Path

OTHERS = stat.S_IRWXO


def restrict(path: Path, groupshared: bool = False) -> None:
    """Close a file or folder to other users of the machine.

    The group may write it if `groupshared`, as nbgrader's `CourseDirectory.groupshared` says. A
    umask that lets the group write says so, too; one that only lets it read is a system's default.
    """
    mode = stat.S_IMODE(path.stat().st_mode) & ~OTHERS
    if not mode & stat.S_IWGRP:
        mode &= ~stat.S_IRWXG
    if groupshared:
        mode |= stat.S_ISGID | stat.S_IRWXG if path.is_dir() else stat.S_IRGRP | stat.S_IWGRP
    path.chmod(mode)
