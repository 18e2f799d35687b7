"""The release in two trees, and the submission's own files, which replace those of either tree."""

import stat
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.assemble import GUARD, Trees, write_release, write_submission

LAYERS = "daseCV/layers.py"


@pytest.fixture
def trees(root: Path, tmp_path: Path) -> Trees:
    """Both trees of the release, with kernels."""
    kernels = tmp_path / "im2col_cython.so"
    kernels.write_bytes(b"compiled")
    kernels.chmod(0o600)
    return write_release(root / "assignment", kernels, tmp_path / "trees")


def names(tree: Path) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}


def test_a_submission_s_tree_holds_only_its_own_files(tmp_path: Path) -> None:
    tree = write_submission({LAYERS: b"mine = 1\n"}, tmp_path / "tree")

    assert names(tree) == {LAYERS}
    assert (tree / LAYERS).read_bytes() == b"mine = 1\n"


def test_files_that_a_submission_may_lack_are_in_the_trees_as_released(
    root: Path, trees: Trees
) -> None:
    stub = (root / "assignment/daseCV/optim.py").read_bytes()

    for tree in (trees.blanks, trees.whole):
        assert (tree / "daseCV/optim.py").read_bytes() == stub


def test_given_code_is_that_of_the_release(root: Path, trees: Trees) -> None:
    for name in ("layer_utils.py", "solver.py", "fast_layers.py", "gradient_check.py"):
        released = (root / "assignment/daseCV" / name).read_bytes()
        assert (trees.notebooks / "daseCV" / name).read_bytes() == released
        if name != "gradient_check.py":
            assert (trees.whole / "daseCV" / name).read_bytes() == released


def test_the_tree_for_blanks_has_guards_for_code_that_could_answer(trees: Trees) -> None:
    for name in ("fast_layers.py", "fast_numpy.py", "gradient_check.py", "im2col_cython.py"):
        assert (trees.blanks / "daseCV" / name).read_text(encoding="utf-8") == GUARD
    assert (trees.whole / "daseCV/im2col_cython.so").read_bytes() == b"compiled"
    assert not (trees.blanks / "daseCV/im2col_cython.so").exists()


def test_the_trees_hold_the_same_modules(trees: Trees) -> None:
    assert names(trees.blanks) - {"daseCV/im2col_cython.py"} == names(trees.whole) - {
        "daseCV/im2col_cython.so"
    }


def test_a_tree_holds_only_the_package(trees: Trees) -> None:
    assert {name.split("/")[0] for name in names(trees.whole)} == {"daseCV"}
    assert not [name for name in names(trees.whole) if name.endswith(("setup.py", ".pyx", ".c"))]


def test_other_users_may_read_the_trees_and_not_write_them(trees: Trees) -> None:
    mine = write_submission({LAYERS: b""}, trees.whole.parent / "mine")

    for path in (
        trees.whole,
        *(path for tree in (trees.whole, trees.blanks, mine) for path in tree.rglob("*")),
    ):
        expected = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_without_a_compiler_the_trees_have_no_kernels(root: Path, tmp_path: Path) -> None:
    trees = write_release(root / "assignment", None, tmp_path / "trees")

    assert not list(trees.whole.rglob("*.so"))


def test_a_guard_refuses_with_the_name_of_the_blank_that_is_asked() -> None:
    module: dict[str, Any] = {"__name__": "daseCV.fast_layers"}
    exec(GUARD, module)
    module["CURRENT_BLANK"] = "conv_forward_naive"
    call = module["__getattr__"]("conv_forward_fast")

    with pytest.raises(RuntimeError) as refused:
        call(1, stride=2)

    assert str(refused.value) == (
        "fast_layers.conv_forward_fast is not allowed inside conv_forward_naive"
    )
