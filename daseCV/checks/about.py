"""The blanks behind each check, from `release.json`."""

from dataclasses import dataclass

from ..contents import read_release


@dataclass(frozen=True)
class About:
    """The blanks behind one check.

    A blank without a check of its own counts in the first check that uses it.
    """

    about: tuple[str, ...]  # what it judges, such as 'layers.conv_forward_naive'
    uses: tuple[str, ...]  # other blanks that it calls, the likeliest to be wrong first

    @property
    def suspects(self) -> tuple[str, ...]:
        """Where the mistake may be when the check fails, the likeliest first."""
        return (*self.about, *self.uses)


class Abouts(dict[str, About]):
    """The blanks behind each check, in the order of the course; an unknown check has no blanks."""

    def __missing__(self, name: str) -> About:
        return About((), ())


ABOUT = Abouts(
    (name, About(tuple(blanks["about"]), tuple(blanks["uses"])))
    for name, blanks in read_release()["checks"].items()
)
