"""Given code that could answer for a blank is missing where that blank is marked."""

import ast
from pathlib import Path

import pytest

from autograder.checks import CHECKS
from autograder.grading.assemble import ANSWERS, GUARD, Trees, write_release
from autograder.release.reference import Reference

# Given modules that compute but answer for no blank, with the reason.
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
    """The packages in which a blank is marked."""
    return {check.package for check in CHECKS.values() if blank in check.blanks}


@pytest.mark.parametrize("blank", BLANKS)
def test_code_that_could_answer_for_a_blank_is_guarded_where_it_is_marked(
    blank: str, trees: Trees
) -> None:
    for package in packages_of(blank):
        tree = getattr(trees, package) / "daseCV"
        for module, answered in ANSWERS.items():
            if any(Path(blank).match(pattern) for pattern in answered):
                assert (tree / module).read_text(encoding="utf-8") == GUARD, (package, module)


def test_numerical_gradients_are_not_in_the_trees_of_workers(trees: Trees) -> None:
    for tree in (trees.blanks, trees.whole):
        for path in tree.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "def eval_numerical_gradient" not in text, path


def test_every_given_module_is_classified(root: Path) -> None:
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


def test_given_modules_in_a_worker_do_not_import_a_guarded_module(trees: Trees) -> None:
    """So the given code that a worker needs works without the guarded module."""
    for module in ("checks/hints.py", "checks/probes.py", "layer_utils.py", "solver.py"):
        tree = ast.parse((trees.whole / "daseCV" / module).read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "gradient_check" not in imported
