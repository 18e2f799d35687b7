"""A course's settings of its release: `pyproject.toml`, `[tool.dasecv]`."""

import re
import sys
from dataclasses import dataclass
from urllib.parse import urlencode

from .blanks import ReleaseError

if sys.version_info >= (3, 11):
    from tomllib import loads as read_toml
else:
    from tomli import loads as read_toml

GITHUB = re.compile(r"(?:https://|git@)github\.com[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
LISTS = ("notebooks", "given", "own_asserts")
# Where a notebook on GitHub can be opened: name, badge, address.
PLACES = (
    (
        "Colab",
        "https://colab.research.google.com/assets/colab-badge.svg",
        "https://colab.research.google.com/github/{repository}/blob/{branch}/{notebook}",
    ),
    (
        "Binder",
        "https://mybinder.org/badge_logo.svg",
        "https://mybinder.org/v2/gh/{repository}/{branch}?labpath={notebook}",
    ),
    (
        "Codespaces",
        "https://github.com/codespaces/badge.svg",
        "https://codespaces.new/{repository}?ref={branch}",
    ),
)


@dataclass(frozen=True)
class Publication:
    """A course's settings of its release, such as its address and the order of weeks."""

    # Address of a git repository for `git clone`; empty if the course hands out a zip
    address: str = ""
    branch: str = "main"
    hub: str = ""  # the address of a JupyterHub that has nbgitpuller
    notebooks: tuple[str, ...] = ()  # their order in the course, without '.ipynb'
    given: tuple[str, ...] = ()  # blanks that this course hands out with their solutions
    # grade_ids of cells that their own asserts decide, beside student code, instead of checks
    own_asserts: tuple[str, ...] = ()

    @property
    def public(self) -> str:
        """The address for students to clone; on GitHub the one without a key."""
        found = GITHUB.match(self.address)
        return "https://github.com/{}/{}".format(*found.groups()) if found else self.address

    def badges(self, notebook: str) -> str:
        """Markdown links that open a notebook in Colab, Binder, Codespaces or JupyterHub.

        Empty if it is not on GitHub, and the course has no hub.
        """
        shown = []
        if found := GITHUB.match(self.address):
            names = {"repository": "/".join(found.groups()), "branch": self.branch}
            shown = [
                f"[![{place}]({badge})]({page.format(**names, notebook=notebook)})"
                for place, badge, page in PLACES
            ]
        if self.hub and self.address:
            folder = self.address.rstrip("/").removesuffix(".git").rpartition("/")[2]
            query = urlencode(
                {
                    "repo": self.public,
                    "branch": self.branch,
                    "urlpath": f"lab/tree/{folder}/{notebook}",
                }
            )
            shown.append(f"[JupyterHub]({self.hub.rstrip('/')}/hub/user-redirect/git-pull?{query})")
        return " ".join(shown)


def read_publication(pyproject: str) -> Publication:
    """Read `[tool.dasecv]` from the text of `pyproject.toml`."""
    table = read_toml(pyproject).get("tool", {}).get("dasecv", {})
    known = {"address": str, "branch": str, "hub": str, **dict.fromkeys(LISTS, list)}
    if any(not isinstance(value, known.get(name, ())) for name, value in table.items()):
        raise ReleaseError(
            f"pyproject.toml, [tool.dasecv]: got {table}, expected texts named address, branch "
            f"and hub, and lists of texts named {', '.join(LISTS)}"
        )
    if re.search(r"[\s\"'\\]", table.get("address", "")):
        raise ReleaseError(
            f"pyproject.toml, [tool.dasecv]: address is {table['address']!r}, expected one without "
            "blanks and quotes"
        )
    lists = {name: tuple(table.get(name, ())) for name in LISTS}
    return Publication(**{**table, **lists})
