"""The panel that a check shows in a notebook: words, picture, and plain text."""

import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from support.contrast import contrast

from daseCV.checks import panel
from daseCV.checks.compare import CheckFailure, Difference, expect_close
from daseCV.checks.panel import COLOURS, html, show
from daseCV.checks.pictures import draw_difference, worst
from daseCV.checks.questions.fully_connected import gradient_of
from daseCV.checks.verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict
from daseCV.language import VARIABLE, Message

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def difference(
    shape: tuple[int, ...], change: Callable[[Any], None], what: str = "dx", gradient: bool = False
) -> Difference:
    """The difference that a check finds in an array 1, 2, 3, ... after `change`."""
    expected = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    got = expected.copy()
    change(got)
    with pytest.raises(CheckFailure) as failure:
        expect_close(what, got, expected, 1e-8, "x, stride 1", gradient)
    assert failure.value.difference is not None
    return failure.value.difference


def spoil_a_channel(array: Any) -> None:
    array[:, 1] *= 2


def wrong_verdict(seen: Difference | None = None, **more: Any) -> Verdict:
    message = Message("{what} is wrong", what="dx").with_details(
        got="dx[0] = 2", expected="dx[0] = 1", asked="x <b>"
    )
    return Verdict("pool", WRONG, ("stride 1",), 0.25, message, difference=seen, **more)


class Reader(HTMLParser):
    """What a screen reader would read, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "img":
            self.images.append(dict(attrs))
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_a_wrong_answer_is_described_in_words_and_drawn() -> None:
    seen = difference((2, 3, 4, 4), spoil_a_channel)

    page = Reader(html(wrong_verdict(seen, hint="hint:     try again", trend="try 2: as before")))

    assert page.open == []
    assert page.text.startswith("✗ wrong pool 0.25 s; try 2: as before dx is wrong got dx[0] = 2")
    assert "expected dx[0] = 1" in page.text
    assert "try again" in page.text
    assert "worst entries yours expected relative error" in page.text
    assert "questions right: 1 stride 1" in page.text
    assert len(page.images) == 1
    assert page.images[0]["alt"] == "dx is wrong: "


def test_text_from_student_code_is_escaped() -> None:
    assert "x &lt;b&gt;" in html(wrong_verdict())


def test_a_verdict_is_translated_to_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "zh")

    page = Reader(html(wrong_verdict()))

    assert page.text.startswith("✗ 不对 pool 用时 0.25 秒 dx 不对 得到 dx[0] = 2 应为")


@pytest.mark.parametrize(
    ("sign", "words"),
    [(RIGHT, "right"), (WRONG, "wrong"), (UNWRITTEN, "not written yet"), (ERROR, "an error")],
)
def test_a_verdict_is_stated_in_words_and_not_only_by_colour(sign: str, words: str) -> None:
    verdict = Verdict(
        "pool", sign, (), 0.1, None if sign == RIGHT else Message("x"), place="daseCV/a.py:1"
    )

    assert Reader(html(verdict)).text.startswith(f"{sign} {words} pool")


@pytest.mark.parametrize("colour", [*COLOURS.values(), "#404040"])
def test_white_text_is_readable_on_each_verdict_colour(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5


def test_an_unwritten_blank_links_to_its_line() -> None:  # JupyterLab counts from 0
    page = html(
        Verdict("pool", UNWRITTEN, (), 0.1, Message("open it"), place="daseCV/layers.py:12")
    )

    assert '<a href="daseCV/layers.py#line=11">daseCV/layers.py</a>, line 12' in page


# Pictures


def texts_of(figure: Any) -> list[str]:
    return [t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]


def test_each_channel_of_each_image_has_its_own_map() -> None:
    drawn = draw_difference(difference((2, 3, 4, 4), spoil_a_channel))

    names = texts_of(drawn)
    assert {"image 0, channel 0", "image 1, channel 2"} <= set(names)
    assert "dx (2, 3, 4, 4): white is right" in names


def test_right_cells_are_white_and_wrong_cells_have_a_cross() -> None:
    drawn = draw_difference(difference((2, 3, 4, 4), spoil_a_channel))

    assert drawn is not None
    crosses = {
        axes.get_title(): sum(np.size(line.get_xdata()) for line in axes.lines) // 2
        for axes in drawn.axes
        if axes.get_title()
    }
    assert crosses["image 0, channel 0"] == 0
    assert crosses["image 0, channel 1"] == 16


def test_a_large_array_shows_its_first_maps_and_says_how_many() -> None:
    drawn = draw_difference(difference((20, 30, 3, 3), spoil_a_channel))

    assert "dx (20, 30, 3, 3): white is right (24 of 600 maps)" in texts_of(drawn)


def test_a_gradient_is_plotted_against_the_numerical_one() -> None:
    drawn = draw_difference(difference((2, 3, 4, 4), spoil_a_channel, gradient=True))

    assert {"numerical gradient", "yours", "wrong", "right"} <= set(texts_of(drawn))


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (1, 1, 1, 7), (4, 1, 1, 1)])
@pytest.mark.parametrize("gradient", [False, True])
def test_arrays_with_any_number_of_axes_are_drawn(shape: tuple[int, ...], gradient: bool) -> None:
    def spoil(array: Any) -> None:
        array[0] = np.nan

    assert draw_difference(difference(shape, spoil, gradient=gradient)) is not None


def test_a_single_number_has_no_picture() -> None:
    def spoil(array: Any) -> None:
        array += 1

    assert draw_difference(difference((), spoil)) is None


def test_worst_entries_come_first_and_right_entries_are_left_out() -> None:
    def spoil(array: Any) -> None:
        array[1] += 1
        array[3] += 100

    assert [place for place, *_ in worst(difference((5,), spoil))] == ["dx[3]", "dx[1]"]


def test_worst_entries_are_named_in_the_language_of_the_panel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")

    seen = difference((2, 2, 3, 3), spoil_a_channel, what=gradient_of("W1"))

    assert worst(seen)[0][0] == "W1 的梯度[0, 1, 0, 0]"


# Where it is shown


class Shell:
    """An IPython shell that has a kernel."""

    kernel = object()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Pretend to be in a notebook; return the list of what is displayed."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(panel, "in_notebook", lambda: True)
    monkeypatch.setattr(panel, "display", lambda bundle, **_: shown.append(bundle))
    return shown


def test_a_notebook_shows_the_panel_and_its_plain_text(notebook: list[dict[str, str]]) -> None:
    assert show(Verdict("pool", RIGHT, ("stride 1",), 0.5)) is True

    (bundle,) = notebook
    assert bundle["text/plain"] == "✓ pool: questions right: 1 (0.50 s)\n    stride 1"
    assert bundle["text/html"].startswith('<div class="dasecv-check"')


def test_outside_a_notebook_only_text_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(Verdict("pool", RIGHT, ("stride 1",), 0.5)) is False

    assert capsys.readouterr().out == "✓ pool: questions right: 1 (0.50 s)\n    stride 1\n"


def test_a_failure_that_was_already_shown_prints_only_its_headline() -> None:
    failure = CheckFailure("pool: dx is wrong\n  got: 1")
    alone = failure._render_traceback_()
    failure.shown = True

    assert alone == ["✗ pool: dx is wrong\n  got: 1"]
    assert failure._render_traceback_() == ["✗ pool: dx is wrong"]


def test_a_right_verdict_does_not_import_matplotlib() -> None:
    import subprocess

    program = (
        "import sys; from daseCV.checks.panel import html; "
        "from daseCV.checks.verdict import Verdict; html(Verdict('pool', '✓', (), 0.1)); "
        "sys.exit('matplotlib' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
