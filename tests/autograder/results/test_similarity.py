"""Similar submissions: a disguised copy is found, given code is not."""

import re
from pathlib import Path

import pytest

from autograder.results.similarity import find_similar, write_page

Owned = dict[str, bytes]


def disguise(files: Owned) -> Owned:
    """A copy with other names, comments and layout."""

    def changed(text: str) -> str:
        for before, after in (("dout", "upstream"), ("out", "result"), ("window", "patch")):
            text = re.sub(rf"\b{before}\b", after, text)
        return (
            re.sub(r"\n(    +)(\S)", r"\n\1# mine\n\1\2", text, count=20) + "\n\n\n# all my own\n"
        )

    return {name: changed(content.decode()).encode() for name, content in files.items()}


def test_a_copy_with_other_names_and_comments_is_found(reference: Owned, stubs: Owned) -> None:
    submissions = {"ada": reference, "ben": disguise(reference), "chen": stubs}

    pairs = find_similar(submissions, stubs, at_least=0.7)

    assert [(pair.one, pair.other) for pair in pairs] in ([("ada", "ben")], [("ben", "ada")])


def test_given_code_does_not_count_as_similar(stubs: Owned) -> None:
    started = {name: content + b"\nmine = 1\n" for name, content in stubs.items()}

    assert find_similar({"ada": stubs, "ben": started}, stubs, at_least=0.1) == []


@pytest.mark.parametrize("count", [0, 1])
def test_a_class_of_one_or_none_has_no_similar_pairs(
    count: int, reference: Owned, stubs: Owned
) -> None:
    assert find_similar({"ada": reference} if count else {}, stubs, at_least=0.5) == []


def test_code_on_the_page_is_text_and_does_not_run(
    reference: Owned, stubs: Owned, tmp_path: Path
) -> None:
    hostile = {
        name: content + b"\nx = '<script>alert(1)</script>'\n"
        for name, content in reference.items()
    }
    pairs = find_similar({"ada": hostile, "ben": hostile}, stubs, at_least=0.5)

    write_page(tmp_path / "alike.html", "Dropout", pairs, 2)

    page = (tmp_path / "alike.html").read_text(encoding="utf-8")
    assert "alert(1)" in page
    assert "<script>alert" not in page
