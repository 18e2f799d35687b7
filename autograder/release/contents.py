"""`daseCV/release.json`: the description of a release for a student's machine.

It lists student-owned files with their blanks, digests of given files, the blanks of each check,
and the notebooks: all derived from the reference.
"""

import json
from pathlib import Path
from typing import Any

from daseCV.contents import text_digest

from .reference import Reference

FILE = Path("daseCV", "release.json")
GENERATED = 'Generated from the reference by "dasecv release".'


def release_contents(reference: Reference) -> dict[str, Any]:
    """The contents of `release.json`."""
    owned = {
        path.as_posix(): list(dict.fromkeys(blank.name for blank in blanks))
        for path, blanks in reference.open_blanks().items()
    }
    return {
        "generated": GENERATED,
        "version": reference.version(),
        "notebooks": [path.name for path in reference.notebooks()],
        "student_owned": owned,
        "extensible": reference.extensible(),
        "checks": reference.checks(),
        "given": {
            path.as_posix(): text_digest(reference.text(path))
            for path in reference.modules()
            if path.suffix == ".py" and path.as_posix() not in owned
        },
    }


def contents_text(reference: Reference) -> str:
    """The text of `release.json`."""
    return json.dumps(release_contents(reference), indent=1, ensure_ascii=False) + "\n"


def refresh(reference: Reference, check_only: bool = False) -> list[str]:
    """Write `release.json` into the library if it changed, or only report the change."""
    path = reference.root / FILE
    fresh = contents_text(reference)
    old = path.read_text(encoding="utf-8") if path.exists() else None
    if old == fresh:
        return []
    if not check_only:
        path.write_text(fresh, encoding="utf-8", newline="\n")
    return [f"{'new' if old is None else 'changed'}: {FILE.as_posix()}"]
