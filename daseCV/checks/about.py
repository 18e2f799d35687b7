"""Which blanks a check is about, and which others it uses: `about.json`, for all that ask it."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("about.json")


@dataclass(frozen=True)
class About:
    """The blanks behind one check.

    Parameters
    ----------
    about : tuple of str
        What it judges, such as 'layers.conv_forward_naive'; empty for composites.
    uses : tuple of str
        Other blanks that it calls, the likeliest to be wrong first. The first check that uses a
        blank which no check is about answers for it.
    """

    about: tuple[str, ...]
    uses: tuple[str, ...]

    @property
    def suspects(self) -> tuple[str, ...]:
        """Where the mistake may be when the check fails, the likeliest first."""
        return (*self.about, *self.uses)


ABOUT = {
    name: About(tuple(blanks["about"]), tuple(blanks["uses"]))
    for name, blanks in json.loads(FILE.read_text(encoding="utf-8"))["checks"].items()
}
