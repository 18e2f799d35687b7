"""Hidden checks of spatial batch normalisation and group normalisation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from daseCV import layers
from daseCV.checks.compare import CheckFailure
from daseCV.checks.questions.batch_norm import unchanged_question, with_settings
from daseCV.language import Message

from ..cases import Case, Factors, Regions
from ..passes import Question, compare_gradients, compare_out, dtype_of, forward_passes, name_layout
from ..registry import Array, Questioner, StudentFailure, hidden_check
from .optimisers import read_entries

TWICE = 4  # cases that are asked again with the same cache
NAMES = ("dx", "dgamma", "dbeta")

GN_FORWARD, GN_BACKWARD = "layers:spatial_groupnorm_forward", "layers:spatial_groupnorm_backward"

# Settings and inputs of a normalisation; None is a default.
SCALES: Factors = {
    "eps": [[None], [0.1, 0.3, 0.4], [1e-8]],
    "spread": [[3.0], [0.05], [40.0]],
    "mean": [[0.0, 5.0], [-200.0, 300.0]],
    "constant": [[False], [True]],
    "gamma": [["any"], ["negative"], ["zeros"], ["ones"]],
    "beta": [["any"], ["zeros"]],
    "how": [["C"], ["F"], ["strided"], ["float32"]],
}
STATE: Factors = {
    "momentum": [[None], [0.6, 0.3], [0.0], [1.0], [0.99]],
    "given": [[False], [True]],
    "steps": [[1], [3]],
}
USUAL: Case = {"eps": None, "spread": 3.0, "mean": 5.0, "constant": False, "gamma": "any"}
USUAL |= {"beta": "any", "how": "C", "momentum": None, "given": False, "steps": 2}

TRAIN = "its statistics run over all images and all pixels (N, H and W)"
RUNNING = "running_mean = momentum * running_mean + (1 - momentum) * sample_mean"
TEST = "At test time the running averages take the place of the minibatch's statistics"
GROUPS = "each group is normalised by the mean and the (biased, `ddof=0`) variance"
BN_GRADIENTS = "Gradients of batch normalisation of images."
GN_GRADIENTS = "Gradients of group normalisation."


def normalisation_regions(shapes: Factors, usual: Case) -> dict[str, Regions]:
    """The regions of a normalisation, by what is asked: training, test time, or gradients."""
    more = {"training": STATE, "test": {"given": STATE["given"]}, "gradients": {}}
    return {
        name: Regions({**shapes, **SCALES, **factors}, USUAL | usual, is_well_conditioned)
        for name, factors in more.items()
    }


def is_well_conditioned(case: Case) -> bool:
    """Whether all right ways to compute a variance agree: a mean of squares cancels."""
    if "pixels" in case:  # how many numbers a mean is taken of
        C, G = case.get("groups", (case["N"], 1))
        count = C // G * case["pixels"][0] * case["pixels"][1]
    else:
        count = case["D"] if "mode" in case else case["N"]
    is_far, is_tiny = abs(case["mean"]) > 100, case["eps"] == 1e-8
    if case["how"] == "float32":
        return case["spread"] == 3.0 and count > 2 and not (is_far or is_tiny or case["constant"])
    if count < 3 or case["constant"]:
        return not (is_far or is_tiny)
    return case["spread"] > 1 or not is_far


PIXELS = [[(1, 1)], [(4, 4)], [(2, 3), (3, 5)], [(7, 2), (6, 1)]]
IMAGES = normalisation_regions(
    {"N": [[1], [2, 3], [5, 6]], "C": [[1], [2, 3], [5, 6]], "pixels": PIXELS},
    {"N": 2, "C": 3, "pixels": (4, 5)},
)
GROUPED = [[(1, 1)], [(4, 1)], [(9, 1)], [(4, 4)], [(8, 8)], [(6, 2), (6, 3)]]
GROUPED += [[(8, 2), (12, 3)], [(10, 5)], [(20, 5)]]
GROUP_REGIONS = normalisation_regions(
    {"N": [[1], [2, 3], [5]], "groups": GROUPED, "pixels": PIXELS},
    {"N": 2, "groups": (6, 2), "pixels": (4, 5)},
)["gradients"]


@hidden_check(train=2, running=1, test=1, untrained=0.2)
def spatial_batchnorm_forward(ask: Questioner) -> None:
    """Training with several eps and momenta, running averages over some steps, and test time."""
    ask_batch_norm(ask, IMAGES, TRAIN)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def spatial_batchnorm_backward(ask: Questioner) -> None:
    """Gradients, after the student's own forward pass."""
    ask_gradients(ask, "spatial_batchnorm_forward", IMAGES, {"mode": "train"}, BN_GRADIENTS)


@hidden_check(out=1)
def spatial_groupnorm_forward(ask: Questioner) -> None:
    """Several numbers of groups, one channel a group and all channels in one among them."""
    scale = find_accepted_scale_shape(ask)
    with ask.part("out", GROUPS):
        for question in group_questions(ask, scale):
            compare_out(ask, GN_FORWARD, question, layers.spatial_groupnorm_forward, 1.0)


@hidden_check(dx=3, dgamma=1, dbeta=1)
def spatial_groupnorm_backward(ask: Questioner) -> None:
    """Gradients, after the student's own forward pass."""
    questions = group_questions(ask, find_accepted_scale_shape(ask))
    forward = layers.spatial_groupnorm_forward
    passes = forward_passes(ask, GN_FORWARD, questions, forward, group_gradients)
    compare_gradients(ask, GN_BACKWARD, passes, NAMES, GN_GRADIENTS, TWICE, NAMES[1:])


def group_gradients(dout: Array, cache: Any) -> Sequence[Array]:
    """The reference's gradients, those of gamma and beta flat."""
    dx, dgamma, dbeta = layers.spatial_groupnorm_backward(dout, cache)
    return dx, dgamma.ravel(), dbeta.ravel()


def group_questions(ask: Questioner, scale: Any) -> Iterator[Question]:
    for case in ask.cases(GROUP_REGIONS):
        C, G = case["groups"]
        x, gamma, beta = draw_scaled(ask, case, (case["N"], C, *case["pixels"]), scale(C))
        settings = settings_of(case, "eps")
        asked = with_settings(f"x {x.shape}, G {G}", settings)
        yield Question((x, gamma, beta, G, settings), case["how"], asked)


def settings_of(case: Case, *names: str) -> dict[str, Any]:
    """The settings of a case that are not left to their defaults."""
    return {name: case[name] for name in names if case.get(name) is not None}


def shape_of(case: Case) -> tuple[int, ...]:
    return (case["N"], case["C"], *case["pixels"]) if "pixels" in case else (case["N"], case["D"])


def ask_batch_norm(ask: Questioner, regions: Mapping[str, Regions], promise: str) -> None:
    """Ask batch normalisation of images or features, in training and at test time."""
    for case in ask.cases(regions["training"]):
        ask_training_steps(ask, ask.check.name, case, promise)
    for case in ask.cases(regions["test"]):
        with ask.part("test" if case["given"] else "untrained", TEST):
            ask_test_time(ask, ask.check.name, case)


def ask_training_steps(ask: Questioner, name: str, case: Case, promise: str) -> None:
    """Some steps of training: what comes out, and the running averages."""
    shape, how = shape_of(case), case["how"]
    x, gamma, beta = draw_scaled(ask, case, shape, shape[1:2])
    settings = settings_of(case, "eps", "momentum")
    averages = draw_averages(ask, shape[1]) if case["given"] else {}
    ours: dict[str, Any] = {"mode": "train", **settings, **averages}
    param = ask.worker.keep(dict(ours))
    text = settings or Message("default eps and momentum")
    with ask.question(name_layout(with_settings(f"x {shape}, mode train", text), how)):
        for step in range(case["steps"]):
            out, _ = ask.call(f"layers:{name}", x, gamma, beta, param, count=2, keep=[1], how=how)
            expected, _ = getattr(layers, name)(x, gamma, beta, ours)
            with ask.part("train", promise):
                ask.close("out", out, expected, dtype_of(how), cancelling=1.0)
            with ask.part("running", RUNNING):
                size = float(np.square(x).max())
                state = read_entries(ask, param)
                for entry in ("running_mean", "running_var"):
                    got = state.get(entry)
                    ask.close(entry, got, ours[entry], dtype_of(how), cancelling=size)
            x = x + 1.0 + step


def ask_test_time(ask: Questioner, name: str, case: Case) -> None:
    """Normalisation by the running averages, which stay as they are."""
    shape, how = shape_of(case), case["how"]
    x, gamma, beta = draw_scaled(ask, case, shape, shape[1:2])
    averages = draw_averages(ask, shape[1]) if case["given"] else {}
    given = {"mode": "test", **settings_of(case, "eps"), **averages}
    kept = ask.worker.keep(given)
    expected, _ = getattr(layers, name)(x, gamma, beta, dict(given))
    asked = name_layout(f"x {shape}, mode test", how)
    with ask.question(asked):
        out, _ = ask.call(f"layers:{name}", x, gamma, beta, kept, count=2, keep=[1], how=how)
        ask.close("out", out, expected, dtype_of(how))
    with ask.question(unchanged_question(asked)):
        state = read_entries(ask, kept) if averages else {}
        for entry, value in averages.items():
            ask.close(entry, state.get(entry), value)


def draw_averages(ask: Questioner, count: int) -> dict[str, Array]:
    """Running averages from the middle of a training."""
    return {
        "running_mean": ask.draw.normal(count),
        "running_var": ask.draw.normal(count) ** 2 + 0.2,
    }


def ask_gradients(
    ask: Questioner,
    name: str,
    regions: Mapping[str, Regions],
    settings: dict[str, Any],
    promise: str,
) -> None:
    """Ask the check's backward pass for gradients, after the student's own forward pass."""
    forward, backward = getattr(layers, name), getattr(layers, ask.check.name)
    questions = normalising_questions(ask, regions["gradients"], settings)
    passes = forward_passes(ask, f"layers:{name}", questions, forward, backward)
    compare_gradients(ask, f"layers:{ask.check.name}", passes, NAMES, promise, TWICE)


def normalising_questions(
    ask: Questioner, regions: Regions, settings: dict[str, Any]
) -> Iterator[Question]:
    """Draw what a normalisation is given in each case."""
    for case in ask.cases(regions):
        shape = shape_of(case)
        param = settings | settings_of(case, "eps", "mode")
        scaled = draw_scaled(ask, case, shape, shape[1:2])
        yield Question((*scaled, param), case["how"], with_settings(f"x {shape}", param))


def draw_scaled(
    ask: Questioner, case: Case, shape: tuple[int, ...], scale: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Draw x, gamma and beta as a case has them."""
    x = ask.draw.normal(*shape, scale=case["spread"], shift=case["mean"])
    if case["constant"]:
        x[:, 0] = x[:1, 0].flat[0]
    gamma = ask.draw.normal(*scale, shift=1.0)
    gamma = {"negative": -np.abs(gamma) - 0.1, "zeros": 0 * gamma, "ones": gamma**0}.get(
        case["gamma"], gamma
    )
    return x, gamma, ask.draw.normal(*scale) * (case["beta"] == "any")


def find_accepted_scale_shape(ask: Questioner) -> Any:
    """Whether the student's group norm takes gamma as (1, C, 1, 1) or as (C,): both are right."""
    # No two axes are alike, so that a gamma that only happens to broadcast gives something else.
    x = np.cos(np.arange(2.0 * 6 * 3 * 5)).reshape(2, 6, 3, 5)
    gamma, beta = np.arange(1.0, 7.0), np.arange(6.0)
    right, _ = layers.spatial_groupnorm_forward(x, gamma, beta, 1, {})
    accepted = []
    for shape in (lambda C: (1, C, 1, 1), lambda C: (C,)):
        given = gamma.reshape(shape(6)), beta.reshape(shape(6))
        try:
            with ask.question(f"x {x.shape}, G 1, gamma {given[0].shape}"):
                out, _ = ask.call(GN_FORWARD, x, *given, 1, {}, count=2, keep=[1])
        except StudentFailure as failure:
            if "NotImplementedError" in failure.error.kinds:
                raise
            continue
        except CheckFailure:
            continue
        if isinstance(out, np.ndarray) and out.shape == x.shape and out.dtype.kind in "iuf":
            if np.allclose(out, right):
                return shape
            accepted.append(shape)
    return accepted[0] if accepted else lambda C: (1, C, 1, 1)
