"""Hints in a report: a known mistake is named in the student's language, for any part to blame."""

from collections.abc import Callable

import pytest

from autograder.grading.report import CheckReport, Report
from autograder.nbgrader.plugin import feedback_text

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS = "daseCV/layers.py"
DDOF = ("x.var(axis=0)", "x.var(axis=0, ddof=1)", "batchnorm_forward.variance-of-a-sample")
CROPPED = (
    "dx = dx_padded[:, :, pad : pad + H, pad : pad + W]",
    "dx = dx_padded[:, :, :H, :W]",
    "conv_backward_naive.dx-cropped-at-the-corner",
)


def with_mistake(reference: Owned, before: str, after: str) -> Owned:
    source = reference[LAYERS].decode()
    assert before in source
    return reference | {LAYERS: source.replace(before, after).encode()}


def test_a_known_mistake_is_named(grade: Grade, reference: Owned) -> None:
    before, after, name = CROPPED

    [check] = grade(with_mistake(reference, before, after), "conv_backward_naive").checks

    assert check.hints == (name,)


def test_the_hint_is_about_the_part_to_blame(grade: Grade, reference: Owned) -> None:
    """The check is about the layer for images, the mistake is in the layer that it is built on."""
    before, after, name = DDOF

    [check] = grade(with_mistake(reference, before, after), "spatial_batchnorm_forward").checks

    assert check.blamed == ("layers.batchnorm_forward",)
    assert check.hints == (name,)


def test_no_hint_is_about_an_unrelated_part(grade: Grade, reference: Owned) -> None:
    """The backward pass has a known mistake, the forward pass to blame an unknown one."""
    owned = with_mistake(
        reference, "np.zeros(x_padded.shape, dtype=dout.dtype)", "np.zeros_like(x_padded)"
    )
    owned = with_mistake(owned, "np.sum(window * w[f]) + b[f]", "1.7 * np.sum(window * w[f]) + 0.3")

    check = grade(owned, "conv_forward_naive", "conv_fast").checks[1]

    assert check.blamed == ("layers.conv_forward_naive",)
    assert check.hints == ()


def test_an_unknown_mistake_gets_no_hint(grade: Grade, reference: Owned) -> None:
    owned = with_mistake(reference, CROPPED[0], "dx = 1.7 * x + 0.3")

    [check] = grade(owned, "conv_backward_naive").checks

    assert check.outcome == "partly"
    assert check.hints == ()


def test_a_blank_that_is_not_written_gets_no_hint(grade: Grade, stubs: Owned) -> None:
    [check] = grade(stubs, "conv_backward_naive").checks

    assert (check.outcome, check.hints) == ("not written", ())


@pytest.mark.parametrize(
    "instead",
    ["['no such mistake', 5, None]", "'text'", "1 / 0", "__import__('os')._exit(3)"],
    ids=["unknown names", "not a list", "an error", "an exit"],
)
def test_student_code_cannot_put_words_into_a_hint(
    grade: Grade, reference: Owned, instead: str
) -> None:
    forged = f"""

import daseCV.checks.hints as hints
for name, value in list(vars(hints).items()):
    if callable(value):
        setattr(hints, name, lambda *_, **__: {instead})
"""
    owned = with_mistake(reference, CROPPED[0], CROPPED[1])
    owned[LAYERS] += forged.encode()

    [check] = grade(owned, "conv_backward_naive").checks

    assert (check.outcome, check.hints) == ("partly", ())


@pytest.mark.parametrize(
    ("language", "label", "word"), [("zh", "提示：", "填充"), ("en", "hint:", "padd")]
)
def test_feedback_is_in_the_course_s_language(language: str, label: str, word: str) -> None:
    check = CheckReport("conv_backward_naive", "partly", 0.5, ("dx is wrong",), ("",))
    hinted = CheckReport(**{**vars(check), "hints": (CROPPED[2],)})

    text = feedback_text(Report("graded", (hinted,)), hinted, language)

    [line] = [line for line in text.splitlines() if label in line]
    assert word in line


def test_a_report_from_the_store_keeps_blame_and_hints() -> None:
    check = CheckReport(
        "conv_relu", "spared", 1.0, ("dx is wrong",), ("",), ("layers.relu_backward",), ("a.b",)
    )
    report = Report("graded", (check,))

    assert Report.from_json(report.to_json()) == report
