"""What a course has decided about its release: `pyproject.toml`, `[tool.dasecv]`."""

import re
import sys
from dataclasses import dataclass

from .blanks import ReleaseError

if sys.version_info >= (3, 11):
    from tomllib import loads as read_toml
else:
    from tomli import loads as read_toml

GITHUB = re.compile(r"(?:https://|git@)github\.com[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


@dataclass(frozen=True)
class Publication:
    """What a course has decided about its release: where it goes, and the order of weeks."""

    # Of a git repository, as `git clone` takes it; empty where the course hands out a zip
    address: str = ""
    branch: str = "main"
    notebooks: tuple[str, ...] = ()  # their order in the course, without '.ipynb'
    given: tuple[str, ...] = ()  # blanks that this course hands out with their solutions

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


def read_publication(pyproject: str) -> Publication:
    """Read `[tool.dasecv]` from the text of `pyproject.toml`."""
    table = read_toml(pyproject).get("tool", {}).get("dasecv", {})
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
