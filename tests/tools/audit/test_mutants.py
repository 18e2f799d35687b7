"""Mutants: the same every time, each different, each within its blank."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from autograder.checks import CHECKS
from autograder.release.blanks import ReleaseError, find_blanks
from autograder.release.reference import Reference
from tools.audit import examine as module
from tools.audit.equivalence import SCRIPTS
from tools.audit.examine import AUDITED, TRAINING, choose_mutants
from tools.audit.mutants import Mutant, find_mutants, find_mutants_of_styles, mutate

pytestmark = pytest.mark.slow

SOURCE = '''"""A module."""


def twice(x, n):
    y = n
    ### BEGIN SOLUTION
    out = x + x
    return out * y
    ### END SOLUTION


def other(x, z):
    return x + x
'''


@pytest.fixture(scope="module")
def mutants(root: Path, sampled_blanks: tuple[str, ...]) -> list[Mutant]:
    return choose_mutants(root, sampled_blanks, styles=False)


def mutants_of(source: str = SOURCE) -> list[Mutant]:
    [blank] = find_blanks(source, "module")
    return list(mutate(source, blank, "module.py"))


def test_a_mutant_describes_its_change_and_place() -> None:
    first = mutants_of()[0]

    assert first.name == "module.twice, line 7: arithmetic 1"
    assert first.diff == "-    out = x + x\n+    out = (x - x)"
    assert first.content == SOURCE.replace("out = x + x", "out = (x - x)")


def test_mutants_change_nothing_outside_of_the_blank() -> None:
    before, after = SOURCE.split("    out = x + x\n    return out * y\n")

    for mutant in mutants_of():
        assert mutant.content.startswith(before)
        assert mutant.content.endswith(after)


def test_all_mutants_differ_from_each_other_and_from_the_original() -> None:
    """`x + x` without its left term is `x + x` without its right one."""
    trees = [ast.dump(ast.parse(text)) for text in (SOURCE, *(m.content for m in mutants_of()))]

    assert len(trees) == len(set(trees))


def test_a_mutant_with_an_undefined_name_is_dropped() -> None:
    source = SOURCE.replace("def twice(x, n)", "def twice(x, gamma)").replace("y = n", "y = gamma")
    source = source.replace("x + x", "x + gamma", 1)

    assert not any("beta" in mutant.diff for mutant in mutants_of(source))
    assert any(
        "beta" in m.diff for m in mutants_of(source.replace("(x, gamma)", "(x, gamma, beta)"))
    )


def test_mutants_are_the_same_every_time(root: Path, mutants: list[Mutant]) -> None:
    again = choose_mutants(root, ["layers.softmax_loss"], styles=False)

    assert again == [mutant for mutant in mutants if mutant.blank == "layers.softmax_loss"]


def test_mutants_are_many_and_have_different_names(
    mutants: list[Mutant], sampled_blanks: tuple[str, ...]
) -> None:
    assert len(mutants) >= (300 if sampled_blanks else 600)
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    assert {mutant.blank for mutant in mutants} == set(sampled_blanks or AUDITED)


def test_every_mutant_compiles(mutants: list[Mutant]) -> None:
    for mutant in mutants[::40]:
        compile(mutant.content, mutant.file, "exec")


def test_a_limit_spreads_over_all_blanks(root: Path) -> None:
    blanks = ["layers.relu_forward", "layers.affine_backward", "layers.dropout_backward"]

    chosen = choose_mutants(root, blanks, limit=9, styles=False)

    assert len(chosen) == 9
    assert {mutant.blank for mutant in chosen} == set(blanks)


def test_without_given_blanks_all_audited_blanks_are_mutated(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def find(_: object, blanks: Iterable[str]) -> list[Mutant]:
        asked.extend(blanks)
        return []

    monkeypatch.setattr(module, "find_mutants", find)

    assert choose_mutants(root, styles=False) == []
    assert asked == list(AUDITED)


def test_styles_are_mutated_at_the_end_of_the_references_file(root: Path) -> None:
    reference = (root / "daseCV/layers.py").read_text(encoding="utf-8")

    found = list(find_mutants_of_styles(Reference(root), ["layers.svm_loss"]))

    assert {one.style for one in found} == {"layers/svm_loops", "layers/svm_mask"} | {
        "layers/svm_take_along_axis"
    }
    assert all(one.content.startswith(reference) for one in found)
    assert len({one.content for one in found} | {one.original for one in found}) == len(found) + 3


def test_a_mutant_of_a_style_names_all_blanks_of_the_style(root: Path) -> None:
    asked = ["layers.relu_forward", "layers.relu_backward", "layers.svm_loss"]

    found = list(find_mutants_of_styles(Reference(root), asked))

    of_relu = [one for one in found if one.style == "layers/relu_class"]
    assert {(one.blank, *one.others) for one in of_relu} == {tuple(asked[:2])}


def test_a_name_that_is_not_an_audited_blank_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"layers\.nothing is not audited"):
        choose_mutants(root, ["layers.nothing"])


def test_every_blank_that_is_graded_by_itself_is_audited_by_all_its_checks() -> None:
    graded = {blank for check in CHECKS.values() for blank in check.blanks}
    graded = {blank for blank in graded if not blank.startswith("cells.")}  # blanks in a notebook

    assert graded <= set(AUDITED) == set(SCRIPTS)
    for blank in graded - {"optim.adam"}:
        own = {name for name, check in CHECKS.items() if blank in check.blanks}
        assert own - set(TRAINING) <= set(AUDITED[blank])


def test_every_blank_is_audited(root: Path) -> None:
    blanks = {blank.name for found in Reference(root).blanks().values() for blank in found}

    assert set(AUDITED) == blanks


def test_an_unknown_blank_is_an_error(root: Path) -> None:
    with pytest.raises(ReleaseError, match=r"there is no blank layers\.nothing"):
        list(find_mutants(Reference(root), ["layers.nothing"]))
