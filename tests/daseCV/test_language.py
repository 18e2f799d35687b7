"""Messages: one text in English, shown in the language of the reader."""

import json
import pickle

import pytest

from daseCV.language import (
    VARIABLE,
    Message,
    as_message,
    from_json,
    join,
    language,
    say,
    to_json,
    translate,
)

SHAPE = Message("{what} has shape {got}, expected {expected}", what="dx", got=(2, 3), expected=4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", "zh"), ("zh_CN", "zh"), ("en_GB", "en"), ("EN", "en"), ("fr", "zh")],
)
def test_the_environment_variable_sets_the_language(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: str
) -> None:
    monkeypatch.setenv(VARIABLE, value)

    assert language() == expected


def test_a_message_equals_its_english_text() -> None:
    assert SHAPE == "dx has shape (2, 3), expected 4"


def test_a_message_is_translated_with_the_messages_in_it() -> None:
    raised = Message("{notebook}: {note}", notebook="A.ipynb", note=SHAPE)

    assert translate(raised, "zh") == "A.ipynb: dx 的形状是 (2, 3)，应为 4".replace(": ", "：", 1)


def test_details_are_labelled_lines() -> None:
    asked = SHAPE.with_details(where="row 1", how="", asked="x (4,)")

    assert asked.splitlines()[1:] == ["  where:    row 1", "  asked:    x (4,)"]
    assert translate(asked, "zh").splitlines()[1:] == ["  哪里：row 1", "  问的是：x (4,)"]
    assert asked.headline == SHAPE


def test_student_text_is_never_used_as_a_template() -> None:
    hostile = "{what.__class__} {0} {}"

    assert Message("{text}", text=hostile) == hostile
    assert translate(as_message(hostile), "zh") == hostile


def test_a_message_survives_pickle_and_json() -> None:
    asked = Message("{note}", note=SHAPE.with_details(asked="x")).with_details(got="1")

    for copy in (
        pickle.loads(pickle.dumps(asked)),
        from_json(json.loads(json.dumps(to_json(asked)))),
    ):
        assert copy == asked
        assert translate(copy, "zh") == translate(asked, "zh")


def test_plain_text_passes_through_json_unchanged() -> None:
    assert from_json(to_json("as it is")) == "as it is"


def test_say_translates_to_the_current_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")
    assert say("worst entries") == "worst entries"
    monkeypatch.setenv(VARIABLE, "zh")
    assert say("worst entries") == "差得最多的数"


def test_joined_messages_have_the_commas_of_the_language() -> None:
    row = join([Message("row {indices}", indices=1), Message("column {indices}", indices=2)])

    assert row == "row 1, column 2"
    assert translate(row, "zh") == "第 1 行，第 2 列"


def test_joining_no_messages_gives_an_empty_text() -> None:
    assert join([]) == ""
