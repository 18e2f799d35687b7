"""Templates and translations: complete, with the same fields, and no text put together by code."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from autograder.release import ReleaseError
from autograder.release.catalogues import (
    catalogue_files,
    problems_of,
    refresh,
    templates_in,
    templates_in_page,
)

CATALOGUE = Path("daseCV", "locale", "zh", "LC_MESSAGES", "daseCV.po")


def made_up(root: Path, source: str, translations: str) -> Path:
    """Make a checkout with one module and one catalogue; return the catalogue."""
    catalogue = root / CATALOGUE
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(translations, encoding="utf-8")
    (root / "daseCV" / "module.py").write_text(source, encoding="utf-8")
    return catalogue


def test_every_text_is_translated_with_the_same_fields(root: Path) -> None:
    for path in catalogue_files(root):
        with path.open("rb") as file:
            assert [problem for entry in read_po(file) for problem in problems_of(entry)] == []


def test_a_new_template_needs_a_translation(tmp_path: Path) -> None:
    made_up(tmp_path, 'say("so {many} files", many=3)', "")

    with pytest.raises(ReleaseError, match=r"no translation of 'so \{many\} files'"):
        refresh(tmp_path)


def test_a_translation_has_the_same_fields(tmp_path: Path) -> None:
    wrong = 'msgid "so {many} files"\nmsgstr "{count} 个文件"\n'
    made_up(tmp_path, 'say("so {many} files", many=3)', wrong)

    with pytest.raises(ReleaseError, match=r"has the fields \['many'\], its translation"):
        refresh(tmp_path)


def test_unused_templates_leave_the_catalogue(tmp_path: Path) -> None:
    both = 'msgid "right"\nmsgstr "对"\n\nmsgid "gone"\nmsgstr "没了"\n'
    catalogue = made_up(tmp_path, 'WORD = Message("right")', both)

    assert len(refresh(tmp_path)) == 2
    assert "gone" not in catalogue.read_text(encoding="utf-8")
    assert catalogue.with_suffix(".mo").read_bytes()[:4] == b"\xde\x12\x04\x95"
    assert refresh(tmp_path) == []


@pytest.mark.parametrize("call", ['say(f"{n} files")', "Message(text)", "say()"])
def test_a_text_put_together_by_code_is_refused_with_its_line(call: str) -> None:
    with pytest.raises(
        ReleaseError, match=r'module\.py, line 2: got .* expected a text without f""'
    ):
        list(templates_in(f"\n{call}", "module.py"))


def test_both_sides_of_a_choice_are_templates() -> None:
    assert list(templates_in('say("one" if n == 1 else "{n} files", n=n)', "")) == [
        "one",
        "{n} files",
    ]


def test_pages_have_templates_too() -> None:
    page = '<p title="{{ say(\'hint\') }}">{{ say("so {many} files", many=n) }}</p>'

    assert list(templates_in_page(page, "")) == ["hint", "so {many} files"]
