"""Which submissions are alike: fingerprints of code, by copydetect, without the stub's lines.

Names, comments and layout do not count. That two are alike proves nothing: a formula has few ways
to be written, and friends learn together. It says where a person might look.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copydetect import CopyDetector
from markupsafe import Markup

from ..texts import printable
from .page import environment

SHORTEST = 25  # characters of tokenised code that count as a match at all
SURE = 30  # characters of a match that is certainly found


@dataclass(frozen=True)
class Pair:
    """Two submissions that are alike."""

    one: str
    other: str
    # How much of each one's own code stands in the other's, in 0..1
    share: float
    other_share: float
    # Their code, with what is alike marked
    code: Markup
    other_code: Markup


def find_similar(
    submissions: Mapping[str, Mapping[str, bytes]], stubs: Mapping[str, bytes], at_least: float
) -> list[Pair]:
    """Find pairs of submissions that are alike, the most alike first.

    Both arguments hold student-owned files, each student's and the released ones: code of the stubs
    is not compared. `at_least` is the share of one's own code that has to be in the other's.
    """
    with tempfile.TemporaryDirectory(prefix="dasecv-similar-") as name:
        folder = Path(name)
        students = sorted(submissions)
        for number, student in enumerate(students):
            write_as_one(folder / "theirs" / f"{number}.py", submissions[student], list(stubs))
        write_as_one(folder / "stubs" / "stub.py", stubs, list(stubs))
        detector = CopyDetector(
            test_dirs=[str(folder / "theirs")],
            ref_dirs=[str(folder / "theirs")],
            boilerplate_dirs=[str(folder / "stubs")],
            extensions=["py"],
            noise_t=SHORTEST,
            guarantee_t=SURE,
            display_t=at_least,
            autoopen=False,
            silent=True,
        )
        detector.run()
        found = detector.get_copied_code_list() if len(students) > 1 else []
    pairs = [
        Pair(
            students[int(Path(one).stem)],
            students[int(Path(other).stem)],
            float(share),
            float(other_share),
            Markup(code),
            Markup(other_code),
        )
        for share, other_share, one, other, code, other_code, _ in found
    ]
    return sorted(pairs, key=lambda pair: (-min(pair.share, pair.other_share), pair.one))


def write_as_one(path: Path, files: Mapping[str, bytes], names: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [
        f"# {name}\n{files[name].decode('utf-8', 'replace')}" for name in names if name in files
    ]
    path.write_text("\n".join(texts), encoding="utf-8")


def write_page(path: Path, assignment: str, pairs: Sequence[Pair], count: int) -> None:
    """Write a page with the code of each pair side by side; `count` submissions were compared."""
    page = environment().get_template("similar.html")
    text = printable(page.render(language="en", assignment=assignment, pairs=pairs, count=count))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
