"""Which blanks a check is about, and which others it uses, as `release.json` has it."""

from dataclasses import dataclass

from ..contents import contents


@dataclass(frozen=True)
class About:
    """The blanks behind one check.

    The first check that uses a blank which no check is about answers for it.
    """

    about: tuple[str, ...]  # what it judges, such as 'layers.conv_forward_naive'
    uses: tuple[str, ...]  # other blanks that it calls, the likeliest to be wrong first

    @property
    def suspects(self) -> tuple[str, ...]:
        """Where the mistake may be when the check fails, the likeliest first."""
        return (*self.about, *self.uses)


class Abouts(dict[str, About]):
    """The blanks behind each check, in the order of the course; none of one that is not in it."""

    def __missing__(self, name: str) -> About:
        return About((), ())


ABOUT = Abouts(
    (name, About(tuple(blanks["about"]), tuple(blanks["uses"])))
    for name, blanks in contents()["checks"].items()
)
