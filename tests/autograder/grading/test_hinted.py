"""Hints in a report: a known mistake is named, in the student's language, whoever is to blame."""

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


def mistaken(reference: Owned, before: str, after: str) -> Owned:
    source = reference[LAYERS].decode()
    assert before in source
    return reference | {LAYERS: source.replace(before, after).encode()}


def test_a_known_mistake_is_named(grade: Grade, reference: Owned) -> None:
    before, after, name = CROPPED

    [check] = grade(mistaken(reference, before, after), "conv_backward_naive").checks

    assert check.hints == (name,)


def test_the_hint_is_about_the_part_that_is_to_blame(grade: Grade, reference: Owned) -> None:
    """The check is of the layer for images, the mistake in the one that it is built on."""
    before, after, name = DDOF

    [check] = grade(mistaken(reference, before, after), "spatial_batchnorm_forward").checks

    assert check.blamed == ("layers.batchnorm_forward",)
    assert check.hints == (name,)


def test_no_hint_is_about_a_part_that_has_nothing_to_do_with_it(
    grade: Grade, reference: Owned
) -> None:
    """The backward pass has a known mistake, and the forward pass, which is to blame, has none."""
    owned = mistaken(
        reference, "np.zeros(x_padded.shape, dtype=dout.dtype)", "np.zeros_like(x_padded)"
    )
    owned = mistaken(owned, "np.sum(window * w[f]) + b[f]", "1.7 * np.sum(window * w[f]) + 0.3")

    check = grade(owned, "conv_forward_naive", "conv_fast").checks[1]

    assert check.blamed == ("layers.conv_forward_naive",)
    assert check.hints == ()


def test_a_mistake_that_nobody_knows_gets_no_hint(grade: Grade, reference: Owned) -> None:
    owned = mistaken(reference, CROPPED[0], "dx = 1.7 * x + 0.3")

    [check] = grade(owned, "conv_backward_naive").checks

    assert check.outcome == "partly"
    assert check.hints == ()


def test_what_is_not_written_needs_no_hint(grade: Grade, stubs: Owned) -> None:
    [check] = grade(stubs, "conv_backward_naive").checks

    assert (check.outcome, check.hints) == ("not written", ())


@pytest.mark.parametrize(
    "instead",
    ["['no such mistake', 5, None]", "'text'", "1 / 0", "__import__('os')._exit(3)"],
    ids=["unknown names", "no list", "an error", "an exit"],
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
    owned = mistaken(reference, CROPPED[0], CROPPED[1])
    owned[LAYERS] += forged.encode()

    [check] = grade(owned, "conv_backward_naive").checks

    assert (check.outcome, check.hints) == ("partly", ())


@pytest.mark.parametrize(
    ("language", "label", "word"), [("zh", "提示：", "填充"), ("en", "hint:", "padd")]
)
def test_feedback_speaks_the_courses_language(language: str, label: str, word: str) -> None:
    check = CheckReport("conv_backward_naive", "partly", 0.5, ("dx is wrong",), ("",))
    hinted = CheckReport(**{**vars(check), "hints": (CROPPED[2],)})

    said = feedback_text(Report("graded", (hinted,)), hinted, language)

    [line] = [line for line in said.splitlines() if label in line]
    assert word in line


def test_a_report_keeps_blame_and_hints_on_its_way_through_the_store() -> None:
    check = CheckReport(
        "conv_relu", "spared", 1.0, ("dx is wrong",), ("",), ("layers.relu_backward",), ("a.b",)
    )
    report = Report("graded", (check,))

    assert Report.from_json(report.to_json()) == report
