"""`daseCV/release.json`: what a student's machine has to know of the release it holds.

Which files are the student's, which blanks are in them, and which notebooks belong to them: all of
it derived. Where the course publishes the release stands in `pyproject.toml`, `[tool.dasecv]`.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blanks import ReleaseError

if TYPE_CHECKING:
    from .build import Reference

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path("daseCV", "release.json")
GENERATED = 'Generated from the reference by "dasecv release".'
GITHUB = re.compile(r"(?:https://|git@)github\.com[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


@dataclass(frozen=True)
class Publication:
    """What a course has decided about its release: where it is published, and the order of weeks.

    Parameters
    ----------
    address : str
        Of a git repository, as `git clone` takes it; empty where the course hands out a zip.
    branch : str
    notebooks : tuple of str
        Their order in the course, without '.ipynb'.
    given : tuple of str
        Blanks that this course hands out with their solutions.
    """

    address: str = ""
    branch: str = "main"
    notebooks: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def public(self) -> str:
        """The address that students clone from; on GitHub the one that needs no key."""
        found = GITHUB.match(self.address)
        return "https://github.com/{}/{}".format(*found.groups()) if found else self.address

    def badge(self, notebook: str) -> str:
        """A line of Markdown that opens a notebook in Colab; empty where it is not on GitHub."""
        if not (found := GITHUB.match(self.address)):
            return ""
        owner, repository = found.groups()
        page = f"https://colab.research.google.com/github/{owner}/{repository}/blob"
        return f"[![Colab]({BADGE})]({page}/{self.branch}/{notebook})"


def publication(pyproject: str) -> Publication:
    """Read where the release is published from the text of `pyproject.toml`.

    Raises
    ------
    ReleaseError
        If the table holds anything that is not known.
    """
    table = tomllib.loads(pyproject).get("tool", {}).get("dasecv", {})
    known = {"address": str, "branch": str, "notebooks": list, "given": list}
    if any(not isinstance(value, known.get(name, ())) for name, value in table.items()):
        raise ReleaseError(
            f"pyproject.toml, [tool.dasecv]: got {table}, expected texts named address and branch, "
            "and lists of texts named notebooks and given"
        )
    if re.search(r"[\s\"'\\]", table.get("address", "")):
        raise ReleaseError(
            f"pyproject.toml, [tool.dasecv]: address is {table['address']!r}, expected one without "
            "blanks and quotes"
        )
    lists = {name: tuple(table.get(name, ())) for name in ("notebooks", "given")}
    return Publication(**{**table, **lists})


def release_contents(reference: "Reference") -> dict[str, Any]:
    """What `release.json` holds."""
    solved = reference.solved()
    owned = {
        path.as_posix(): [blank.name for blank in blanks if blank.name not in solved]
        for path, blanks in reference.blanks().items()
    }
    return {
        "generated": GENERATED,
        "notebooks": [path.name for path in reference.notebooks()],
        "student_owned": owned,
        "given": [
            path.as_posix()
            for path in reference.modules()
            if path.suffix == ".py" and path.as_posix() not in owned
        ],
    }


def contents_text(reference: "Reference") -> str:
    """`release.json` as it is written."""
    return json.dumps(release_contents(reference), indent=1, ensure_ascii=False) + "\n"


def refresh(reference: "Reference", check_only: bool = False) -> list[str]:
    """Write `release.json` into the library, or say that it is out of date.

    Returns
    -------
    changes : list of str
        A line where the file is new or changed.
    """
    path = reference.root / FILE
    fresh = contents_text(reference)
    old = path.read_text(encoding="utf-8") if path.exists() else None
    if old == fresh:
        return []
    if not check_only:
        path.write_text(fresh, encoding="utf-8", newline="\n")
    return [f"{'new' if old is None else 'changed'}: {FILE.as_posix()}"]
