"""What a network has learned: filters through time, and its worst mistakes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from support.contrast import contrast

from daseCV import data_utils, drawing, explore
from daseCV.explore import filters, mistakes, panel
from daseCV.language import VARIABLE
from daseCV.solver import Solver
from daseCV.synthetic import CLASS_NAMES

pytestmark = pytest.mark.slow

Array = np.ndarray


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


class FixedModel:
    """A model with given filters that returns given scores for any images."""

    def __init__(self, W1: Any = None, scores: Any = None) -> None:
        self.params = {} if W1 is None else {"W1": np.asarray(W1, dtype=float)}
        self.scores = iter(np.asarray(scores if scores is not None else []))
        self.batches: list[int] = []

    def loss(self, X: Array) -> Array:
        self.batches.append(len(X))
        return np.array([next(self.scores) for _ in X])


def solver_with(W1: Any) -> Solver:
    data = {"X_train": np.zeros((2, 1)), "y_train": np.zeros(2, dtype=int)}
    return Solver(FixedModel(W1), {**data, "X_val": data["X_train"], "y_val": data["y_train"]})


def texts(figure: Any) -> list[str]:
    """All texts in a figure."""
    return [text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text"))]


# Filters


def test_snapshots_stay_few_and_evenly_spaced() -> None:
    solver = solver_with(np.zeros((2, 3, 3, 3)))

    for _ in range(1000):
        filters.keep_filters(solver)
        solver.loss_history.append(1.0)

    iterations = [iteration for iteration, _ in solver.snapshots]
    assert filters.SNAPSHOTS // 2 <= len(iterations) <= filters.SNAPSHOTS
    assert iterations[0] == 0
    assert len(set(np.diff(iterations))) == 1
    assert iterations[-1] > 900


def test_a_snapshot_is_a_copy() -> None:
    solver = solver_with(np.zeros((2, 3, 3, 3)))
    filters.keep_filters(solver)

    solver.model.params["W1"] += 1

    assert not solver.snapshots[0][1].any()


def test_a_network_that_starts_without_a_convolution_gets_no_snapshots() -> None:
    solver = solver_with(np.zeros((12, 5)))

    filters.keep_filters(solver)

    assert solver.snapshots == []


def test_the_caption_says_how_far_filters_moved() -> None:
    began = np.ones((2, 3, 2, 2))
    moved = began.copy()
    moved[1, 0, 0] += [3.0, 4.0]

    _, caption = filters.draw_filters([(0, began), (50, moved)], moment=1)

    assert caption.startswith(
        "After iteration 50: filter 1 is furthest from where it began, 5.000; filter 0 is "
        "nearest, 0.000; the mean is 2.500"
    )


def test_filters_keep_their_place_in_all_snapshots() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((5, 3, 4, 4))

    first, _ = filters.draw_filters([(0, weights), (9, weights[::-1])], moment=0)
    later, _ = filters.draw_filters([(0, weights), (9, weights[::-1])], moment=1)

    one, other = (drawn.axes[0].images[0].get_array() for drawn in (first, later))
    assert one is not None
    assert other is not None
    assert np.allclose(one[0:4, 0:4], other[5:9, 5:9])  # filter 0 is drawn where 4 was
    assert first.axes[1].get_ylim() == later.axes[1].get_ylim()


def test_the_slider_goes_from_the_first_snapshot_to_now() -> None:
    solver = solver_with(np.ones((4, 1, 3, 3)))
    solver.snapshots = [(0, np.zeros((4, 1, 3, 3))), (10, np.full((4, 1, 3, 3), 0.5))]
    shown = filters.FiltersPanel(filters.filters_in_time(solver))
    before = shown.caption.value

    shown.controls["moment"].value = 1

    assert before.startswith("<p>Now")
    assert shown.caption.value.startswith("<p>After iteration 10")
    assert shown.controls["moment"].max == 2


def test_without_snapshots_only_the_current_filters_are_shown() -> None:
    shown = filters.FiltersPanel(filters.filters_in_time(np.ones((4, 3, 5, 5))))

    assert "none were kept during training" in shown.caption.value
    assert "watch_training(solver)" in shown.caption.value
    assert shown.controls["moment"].disabled


@pytest.mark.parametrize(
    "given", [np.zeros((12, 5)), np.zeros((4, 2, 3, 3)), np.zeros((0, 3, 3, 3)), None, "W1"]
)
def test_filters_that_are_not_images_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"have shape \(.*expected \(F, C, HH, WW\).*; hand in"):
        explore.explore_filters(given)


def test_a_solver_of_a_network_without_convolutions_is_refused() -> None:
    with pytest.raises(ValueError, match=r"have shape \(12, 5\), .* begins with a convolution"):
        explore.explore_filters(solver_with(np.zeros((12, 5))))


# Mistakes

X = np.random.default_rng(0).standard_normal((4, 3, 8, 8))
Y = np.array([0, 0, 1, 1])
P = np.array([[0.9, 0.1], [0.2, 0.8], [0.99, 0.01], [0.6, 0.4]])


def test_the_largest_loss_comes_first() -> None:
    drawn, caption = mistakes.draw_mistakes(X, Y, P, ["cat", "dog"])

    titles = [axes.get_title() for axes in drawn.axes if "true" in axes.get_title()]
    assert titles == ["true dog\nsaid cat 99%", "true cat\nsaid dog 80%", "true dog\nsaid cat 60%"]
    assert caption.startswith("Accuracy is 25.0%. Mistakes chosen: 3; the 3 with")
    assert "probability of 0.01, a loss of 4.61" in caption


def test_one_class_or_one_pair_can_be_chosen() -> None:
    shown = mistakes.MistakesPanel(X, Y, P, ("cat", "dog"))

    assert list(shown.parts) == [
        "all mistakes (3)",
        "true: cat (1)",
        "true: dog (2)",
        "dog → cat (2)",
        "cat → dog (1)",
    ]
    shown.controls["part"].value = "cat → dog (1)"
    assert "Mistakes chosen: 1; the 1 with" in shown.caption.value


def test_the_matrix_has_true_classes_in_rows_with_counts_and_shares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[tuple[str, list[float]]] = []

    def record(axes: Any, words: list[str], places: Any, *_: Any, **style: Any) -> None:
        written.extend(zip(words, places.tolist(), strict=True))

    monkeypatch.setattr(mistakes, "letters", str)
    monkeypatch.setattr(mistakes, "draw_shapes", record)

    drawn, _ = mistakes.draw_mistakes(X, Y, P, ["cat", "dog"])

    axes = drawn.axes[-1]
    counts = [("1", [-0.2, 0]), ("1", [-0.2, 1]), ("2", [0.8, 0])]
    shares = [("50%", [0.2, 0]), ("50%", [0.2, 1]), ("100%", [1.2, 0])]
    assert written == [*counts, *shares, ("0", [1, 1])]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "said")


def test_the_caption_says_that_there_are_no_mistakes() -> None:
    _, caption = mistakes.draw_mistakes(X[:1], Y[:1], P[:1], ["cat", "dog"])

    assert caption == "No mistakes here. Accuracy on all images is 100.0%."


def test_probabilities_survive_large_scores() -> None:
    p = mistakes.probabilities(np.array([[1e4, 0.0], [-1e4, -1e4]], dtype=np.float32))

    assert p.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_a_probability_of_zero_has_a_finite_loss() -> None:
    _, caption = mistakes.draw_mistakes(X[:1], Y[:1], np.array([[0.0, 1.0]]), ["cat", "dog"])

    assert "inf" not in caption


def test_images_are_scored_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "display", lambda data, raw: None)
    model = FixedModel(scores=np.tile(np.eye(10)[3], (250, 1)))

    explore.explore_mistakes(model, np.zeros((250, 3, 4, 4)), np.zeros(250, dtype=int))

    assert model.batches == [100, 100, 50]


def test_class_names_that_fonts_lack_are_numbers_in_the_picture() -> None:
    drawn, _ = mistakes.draw_mistakes(X, Y, P, ["猫", "dog"])

    assert "true dog\nsaid 0 99%" in texts(drawn)


def test_choices_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    p = mistakes.probabilities(np.eye(10)[[3, 3]])

    shown = mistakes.MistakesPanel(X[:2], np.array([5, 3]), p, mistakes.CLASSES)

    assert "狗 → 猫 (1)" in shown.parts


IMAGES, SCORES = np.zeros((2, 3, 4, 4)), np.eye(10)[:2]


@pytest.mark.parametrize(
    ("X", "y", "scores", "classes", "message"),
    [
        (
            np.zeros((2, 12)),
            [0, 1],
            SCORES,
            None,
            r"X has shape \(2, 12\), expected \(N, 3, H, W\)",
        ),
        (IMAGES[:0], [], SCORES, None, r"X has shape \(0, 3, 4, 4\), expected .* N at least 1"),
        (IMAGES, [0], SCORES, None, r"y has shape \(1,\) .* expected \(2,\) whole numbers"),
        (IMAGES, [0.0, 1.0], SCORES, None, r"type float64, expected \(2,\) whole numbers"),
        (
            IMAGES,
            [0, 10],
            SCORES,
            None,
            r"classes 0 to 10, expected 10 names and classes from 0 to 9",
        ),
        (IMAGES, [0, 1], SCORES, ["a"], r"got 1 names .* expected 10 names"),
        (IMAGES, [0, 1], SCORES * np.nan, None, r"not finite, .* train the network first"),
        (IMAGES, [0, 1], [1.0, 2.0], None, r"scores of shape \(2,\), expected .* \(2, C\)"),
    ],
)
def test_images_classes_or_scores_that_do_not_fit_are_refused(
    X: Array, y: Any, scores: Any, classes: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        explore.explore_mistakes(FixedModel(scores=scores), X, np.asarray(y), classes)


# Accessibility


def test_numbers_stand_out_from_the_darkest_cell() -> None:
    drawn, _ = mistakes.draw_mistakes(X, Y, P, ["cat", "dog"])
    shown: Any = drawn.axes[-1].images[0]
    darkest, white = (to_hex(shown.cmap(shown.norm(value))) for value in (0.45, 0.0))

    assert contrast(drawing.INK, darkest) >= 4.5
    assert contrast(drawing.MUTED, white) >= 4.5


@pytest.mark.parametrize("classes", [2, 25])
def test_any_number_of_classes_can_be_drawn(classes: int) -> None:
    p = np.full((4, classes), 1 / classes)

    drawn, _ = mistakes.draw_mistakes(X[:, :1], Y, p, [str(c) for c in range(classes)], true=1)

    assert drawing.png(drawn).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("folder", "name"), [("synthetic-v1/cifar-10-batches-py", "disc"), ("cifar", "plane")]
)
def test_class_names_are_those_of_the_loaded_set(
    monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(data_utils, "_loaded", Path(folder))
    monkeypatch.setattr(
        mistakes,
        "MistakesPanel",
        lambda *given: SimpleNamespace(show=lambda: seen.append(given[3])),
    )

    explore.explore_mistakes(
        SimpleNamespace(loss=lambda x: np.eye(10)[:2]), X[:2], np.array([0, 1])
    )

    assert seen[0][0] == name


def test_the_synthetic_class_names_are_those_of_the_synthetic_set() -> None:
    assert tuple(mistakes.SYNTHETIC_CLASSES) == CLASS_NAMES
    assert mistakes.SYNTHETIC_CLASSES[:3] == ("disc", "ring", "square")
    assert not set(mistakes.SYNTHETIC_CLASSES) & set(mistakes.CLASSES)
