"""Given code that would answer for a blank is not where that blank's marks are decided."""

import ast
from pathlib import Path

import pytest

from autograder.checks import CHECKS
from autograder.grading.assemble import ANSWERS, GUARD, Trees, write_release
from autograder.release.reference import Reference

# Given modules that compute, and answer for no blank: with what they lack of an answer.
HARMLESS = {
    "autoreload", "blanks", "data_utils", "download", "drawing", "errors", "handin", "language",
    "layer_utils", "profile", "progress", "shapes", "solver", "start", "synthetic", "vis_utils",
    "checkpoints", "contents", "notebooks", "renewal", "review", "trained", "__init__", "__main__",
}  # fmt: skip
BLANKS = sorted({blank for check in CHECKS.values() for blank in check.blanks})


@pytest.fixture(scope="module")
def trees(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Trees:
    return write_release(root / "assignment", None, tmp_path_factory.mktemp("release") / "trees")


def packages_of(blank: str) -> set[str]:
    """Where marks of a blank are decided."""
    return {check.package for check in CHECKS.values() if blank in check.blanks}


@pytest.mark.parametrize("blank", BLANKS)
def test_what_answers_for_a_blank_refuses_wherever_its_marks_are_decided(
    blank: str, trees: Trees
) -> None:
    for package in packages_of(blank):
        tree = getattr(trees, package) / "daseCV"
        for module, answered in ANSWERS.items():
            if any(Path(blank).match(pattern) for pattern in answered):
                assert (tree / module).read_text(encoding="utf-8") == GUARD, (package, module)


def test_numerical_gradients_are_nowhere_where_a_network_is_asked(trees: Trees) -> None:
    for tree in (trees.blanks, trees.whole):
        for path in tree.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "def eval_numerical_gradient" not in text, path


def test_every_given_module_was_looked_at(root: Path) -> None:
    reference = Reference(root)
    owned = set(reference.student_owned())
    given = {path for path in reference.modules() if path.suffix == ".py"}
    unknown = {
        path.stem
        for path in given
        if path.as_posix() not in owned
        and path.parent == Path("daseCV")
        and path.name not in ANSWERS
        and path.name != "setup.py"
    }
    assert unknown <= HARMLESS


def test_no_given_module_of_a_worker_imports_what_refuses_there(trees: Trees) -> None:
    """So that what a worker needs of the given code works without it."""
    for module in ("checks/hints.py", "checks/probes.py", "layer_utils.py", "solver.py"):
        tree = ast.parse((trees.whole / "daseCV" / module).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "gradient_check" not in imported
