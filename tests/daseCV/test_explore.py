"""The explorers: their pictures, captions, controls and accessibility."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from support.contrast import contrast

from daseCV import drawing, explore
from daseCV.explore import panel
from daseCV.explore.convolution import ConvolutionPanel, draw_convolution, example_filters
from daseCV.explore.normalisation import KINDS, draw_normalisation, find_shared_planes, normalise
from daseCV.explore.pooling import PoolingPanel, draw_pooling
from daseCV.language import VARIABLE

pytestmark = pytest.mark.slow

IMAGE = np.arange(30.0).reshape(5, 6)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def texts(figure: Any) -> str:
    """All texts in a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text")))


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the numbers that are written into cells, in drawing order."""
    written: list[str] = []
    drawn = panel.letters

    def record(text: str) -> Any:
        written.append(text)
        return drawn(text)

    monkeypatch.setattr(panel, "letters", record)
    return written


# Convolution


def test_the_window_the_sum_and_the_formula_are_shown_with_their_numbers() -> None:
    figure, caption = draw_convolution(IMAGE, np.ones((3, 3)), stride=2, pad=1, place=4)

    written = texts(figure)
    assert "1 + (5 + 2·1 - 3) // 2 = 3" in written
    assert "1 + (6 + 2·1 - 3) // 2 = 3" in written
    assert "out[1, 1] = 126.00" in written  # 7 + 8 + 9 + 13 + 14 + 15 + 19 + 20 + 21
    assert "starts at row 2, column 2" in caption
    assert "126.00" in caption


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_example_filters_exist_in_every_size(size: int) -> None:
    assert {kernel.shape for kernel in example_filters(size).values()} == {(size, size)}


def test_a_place_past_the_end_becomes_the_last_place() -> None:
    _, caption = draw_convolution(IMAGE, np.ones((3, 3)), place=99)

    assert "goes to row 2, column 3 of the output" in caption


def test_moving_a_control_changes_the_picture_and_the_caption() -> None:
    shown = ConvolutionPanel()
    before = shown.image.value, shown.caption.value

    shown.controls["place"].value = 9

    assert shown.image.value != before[0]
    assert shown.caption.value != before[1]
    assert shown.picture.startswith(b"\x89PNG")


def test_a_filter_weight_can_be_edited() -> None:
    shown = ConvolutionPanel()
    before = shown.image.value

    shown.grid.children[4].value = 7.5

    assert shown.kernel[1, 1] == 7.5
    assert shown.image.value != before


def test_a_new_filter_size_keeps_the_preset_and_limits_the_place() -> None:
    shown = ConvolutionPanel()
    shown.controls["place"].value = 63

    shown.size.value = 5

    assert shown.kernel.shape == (5, 5)
    assert shown.preset.value == "vertical edges"
    assert shown.controls["place"].value == shown.controls["place"].max == 35


@pytest.mark.parametrize("shape", [(3, 32, 32), (32, 32), (1, 5)])
def test_an_image_that_cannot_be_drawn_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"mine has shape \({shape[0]}, .*cut out a part"):
        explore.explore_convolution(mine=np.zeros(shape))


# Pooling


def test_the_gradient_goes_to_the_first_maximum() -> None:
    image = np.array([[1.0, 3, 3, 0], [3, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 5]])

    _, caption = draw_pooling(image, 2, 2, place=0)

    assert "The first maximum in window [0, 0] is x[0, 1] = 3" in caption


def test_gradients_from_several_windows_add_up(numbers: list[str]) -> None:
    image = np.zeros((3, 3))
    image[1, 1] = 9.0

    draw_pooling(image, 2, 1, place=3)

    dx = numbers[-9:]
    assert dx[4] == "10"  # 1 + 2 + 3 + 4, one from each window


def test_a_larger_stride_limits_the_place() -> None:
    shown = PoolingPanel()
    shown.controls["place"].value = 8

    shown.controls["stride"].value = 3

    assert shown.controls["place"].max == shown.controls["place"].value == 3


# Normalisation


@pytest.mark.parametrize(
    ("kind", "together"), [("batch", 5), ("layer", 6), ("instance", 1), ("group", 3)]
)
def test_how_many_planes_share_statistics(kind: str, together: int) -> None:
    shared = find_shared_planes(kind, N=5, G=2)

    assert shared.sum() == together
    assert shared[1, 2]  # the selected plane


@pytest.mark.parametrize("kind", KINDS)
def test_planes_that_share_statistics_get_mean_0_and_variance_1(kind: str) -> None:
    x = np.random.default_rng(0).normal(3, 2, (4, 6, 16))

    together = normalise(x, kind, G=2)[find_shared_planes(kind, N=4, G=2)]

    assert together.mean() == pytest.approx(0, abs=1e-9)
    assert together.std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("N", [1, 16])
def test_every_setting_can_be_drawn(kind: str, N: int) -> None:
    figure, caption = draw_normalisation(kind, N, G=3)

    assert drawing.png(figure).startswith(b"\x89PNG")
    assert f"At batch size {N}, " in caption


# Accessibility


def test_the_picture_has_its_caption_as_alternative_text() -> None:
    shown = PoolingPanel()

    shown.controls["place"].value = 2

    assert 'alt="The first maximum in window [0, 2] is' in shown.image.value


@pytest.mark.parametrize("kind", [ConvolutionPanel, PoolingPanel])
def test_dragging_a_slider_draws_few_objects(kind: Any) -> None:
    shown = kind()

    figure, _ = shown.draw(**{name: one.value for name, one in shown.controls.items()})

    # Each takes about a millisecond to draw; one object per number would be about two hundred.
    assert len([one for axes in figure.axes for one in axes.get_children()]) < 90
    assert figure.get_layout_engine() is None


@pytest.mark.parametrize("colour", [drawing.INK, drawing.MUTED, drawing.WINDOW, drawing.ROUTE])
def test_lines_and_text_stand_out_from_white(colour: str) -> None:
    assert contrast(colour, "white") >= 4.5


def test_numbers_stand_out_from_the_darkest_cell() -> None:
    figure = drawing.figure(2, 2)
    axes = figure.subplots()
    panel.draw_cells(axes, np.array([[9.0]]))
    shown: Any = axes.images[0]
    darkest = shown.cmap(shown.norm(shown.get_array()))[0, 0]

    assert contrast(drawing.INK, to_hex(darkest)) >= 4.5


@pytest.mark.parametrize(("language", "word"), [("zh", "窗口"), ("en", "window")])
def test_captions_follow_the_language(
    monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    monkeypatch.setenv(VARIABLE, language)

    assert word in draw_convolution(IMAGE, np.ones((2, 2)))[1]


@pytest.mark.parametrize(
    "explorer",
    [explore.explore_convolution, explore.explore_pooling, explore.explore_normalisation],
)
def test_a_page_without_widgets_shows_the_picture(
    explorer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(panel, "display", lambda data, raw: shown.append(data))

    explorer()

    assert "application/vnd.jupyter.widget-view+json" in shown[0]
    assert shown[0]["image/png"].startswith("iVBORw0KGgo")


# Signs


def test_signs_are_written_and_have_different_colours(numbers: list[str]) -> None:
    axes = drawing.figure(2, 2).subplots()
    panel.draw_cells(axes, np.array([[1.0, -1.0, 0.0]]), signed=True)

    shown: Any = axes.images[0]
    colours = shown.cmap(shown.norm(shown.get_array()))[0]
    assert numbers == ["+1", "-1", "0"]
    assert len({to_hex(colour) for colour in colours}) == 3
    assert all(contrast(drawing.INK, to_hex(colour)) >= 4.5 for colour in colours)


def test_a_filter_edited_by_hand_has_no_name() -> None:
    shown = ConvolutionPanel()

    shown.grid.children[4].value = 7.5

    assert shown.preset.value is None
    assert shown.kernel[1, 1] == 7.5


def test_a_filter_edited_by_hand_can_be_resized() -> None:
    shown = ConvolutionPanel()
    shown.grid.children[4].value = 7.5

    shown.size.value = 2

    assert shown.kernel.shape == (2, 2)
    assert shown.preset.value == "vertical edges"
