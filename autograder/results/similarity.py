"""Finds similar submissions by fingerprints of code (copydetect), ignoring the stubs' code.

Names, comments and layout do not count. Similarity proves nothing: there are few ways to write a
formula, and friends learn together. It only suggests what a person might review.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from copydetect import CopyDetector
from markupsafe import Markup

from ..texts import printable
from .page import environment

SHORTEST = 25  # characters of tokenised code: the shortest match
SURE = 30  # characters of a match that is certainly found


@dataclass(frozen=True)
class Pair:
    one: str
    other: str
    # Share of each one's own code that is in the other's, in 0..1
    share: float
    other_share: float
    # Their code, with what is alike marked
    code: Markup
    other_code: Markup


def find_similar(
    submissions: Mapping[str, Mapping[str, bytes]], stubs: Mapping[str, bytes], at_least: float
) -> list[Pair]:
    """Find pairs of submissions that are alike, the most alike first.

    Both arguments hold student-owned files: each student's, and the released stubs, whose code is
    ignored. `at_least` is the minimum share of one's own code that is in the other's.
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
