"""The catalogue: each mistake is recognised by its answers, and hints give no solution away."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from autograder.hints import MISTAKES as CATALOGUE
from autograder.hints import HintError, Mistake
from autograder.hints.plant import file_of, library, planted_source
from autograder.release import Reference
from daseCV.checks import hints
from daseCV.checks.hints import recognise
from daseCV.language import translate

MISTAKES = list(CATALOGUE.values())
BLANKS = sorted({mistake.blank for mistake in MISTAKES})

# Two mistakes at the same time, and both hints.
PAIRS = [
    ("conv_backward_naive.db-averaged", "conv_backward_naive.dx-overwritten"),
    ("batchnorm_forward.momentum-exchanged", "batchnorm_forward.eps-fixed"),
    ("affine_backward.db-not-summed", "affine_backward.dw-averaged"),
]


def remove_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_planted_mistake_is_recognised_first(root: Path, mistake: Mistake) -> None:
    with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as changed:
        assert recognise(mistake.blank, changed)[0] == mistake.id


@pytest.mark.parametrize("blank", BLANKS)
def test_a_right_blank_gets_no_hint(root: Path, blank: str) -> None:
    with library(root) as reference:
        assert recognise(blank, reference) == []


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_two_mistakes_that_show_in_different_places_are_both_recognised(
    root: Path, one: str, two: str
) -> None:
    both = Mistake(
        "both", CATALOGUE[one].blank, {**CATALOGUE[one].edits, **CATALOGUE[two].edits}, ""
    )

    with library(root, {file_of(both.blank): planted_source(root, both)}) as changed:
        assert set(recognise(both.blank, changed)) == {one, two}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    [m for m in MISTAKES if re.search(r"(norm|naive|pool|affine|relu)\w*_forward", m.blank)],
    ids=lambda mistake: mistake.id,
)
def test_a_wrong_forward_pass_gives_no_hint_about_the_backward_pass(
    root: Path, mistake: Mistake
) -> None:
    backward = mistake.blank.replace("forward", "backward")

    with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as changed:
        assert recognise(backward, changed) == []


def test_every_blank_has_mistakes_in_the_catalogue(root: Path) -> None:
    blanks = {blank.name for found in Reference(root).blanks().values() for blank in found}
    count = Counter(mistake.blank for mistake in MISTAKES)

    assert count.keys() == blanks
    assert min(count.values()) >= 2
    assert len(MISTAKES) >= 75


def test_no_two_mistakes_share_an_id() -> None:
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_hint_is_short_in_both_languages_and_quotes_no_code(mistake: Mistake) -> None:
    chinese = translate(hints.hint(mistake.id), "zh")
    assert 20 <= len(mistake.hint) <= 250
    assert mistake.hint.isascii()
    assert 8 <= len(chinese) <= 100
    assert re.search("[\u4e00-\u9fff]", chinese)
    for text in (remove_spaces(mistake.hint), remove_spaces(chinese)):
        for edit in mistake.edits.items():
            for code in map(remove_spaces, edit):
                assert len(code) < 8 or code not in text


def test_the_file_for_students_holds_no_code(root: Path) -> None:
    """It has neither code of the reference nor code of the mistakes."""
    text = remove_spaces(hints.FILE.read_text(encoding="utf-8"))

    for mistake in MISTAKES:
        for edit in mistake.edits.items():
            for code in map(remove_spaces, edit):
                assert len(code) < 12 or json.dumps(code)[1:-1] not in text


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({"no such code": ""}, "'no such code' occurs 0 times"),
        ({"x": "y"}, "'x' occurs 2 times"),
    ],
)
def test_an_edit_that_does_not_apply_to_the_reference_is_refused(
    root: Path, edits: dict[str, str], message: str
) -> None:
    mistake = Mistake("relu.made-up", "layers.affine_forward", edits, "")

    with pytest.raises(HintError, match=re.escape(message)):
        planted_source(root, mistake)


def test_a_mistake_in_a_removed_blank_is_an_error_that_names_it(root: Path) -> None:
    with pytest.raises(HintError, match=r"no blank layers\.softplus"):
        planted_source(root, Mistake("softplus.made-up", "layers.softplus", {}, ""))
