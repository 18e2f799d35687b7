"""Edited modules take effect in the next cell: IPython in a process of its own, on a copy."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("IPython")

RELU = '"np.maximum(x, 0)", "np.maximum(x, 0) + 10"'  # relu_forward with another body


def test_an_imported_function_has_the_edited_body(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward", "from daseCV import layers")
run("print(relu_forward(np.ones(1))[0])")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0], layers.relu_forward is relu_forward)")
""")

    assert printed == ["[1.]", "[11.] True"]


def test_an_edit_right_after_the_import_takes_effect(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0])")
""")

    assert printed == ["[11.]"]


def test_two_quick_edits_of_the_same_length_both_take_effect(
    session: Callable[[str], list[str]],
) -> None:
    printed = session("""
run("import numpy as np", "from daseCV.layers import relu_forward")
run("pass")
edit("layers.py", "np.maximum(x, 0)", "np.maximum(x, 1)")
run("print(relu_forward(np.zeros(1))[0])")
for value in (2, 3, 4):
    edit("layers.py", f"np.maximum(x, {value - 1})", f"np.maximum(x, {value})")
    run("print(relu_forward(np.zeros(1))[0])")
""")

    assert printed == ["[1.]", "[2.]", "[3.]", "[4.]"]


def test_a_class_and_its_existing_instances_get_new_methods(
    session: Callable[[str], list[str]],
) -> None:
    printed = session("""
run("from daseCV.classifiers.fc_net import TwoLayerNet", "model = TwoLayerNet(4, 3, 2)")
run("import numpy as np", "X = np.ones((5, 4))")
edit("classifiers/fc_net.py", "if y is None:\\n            return scores", "return 'new'")
run("print(model.loss(X), TwoLayerNet(4, 3, 2).loss(X), isinstance(model, TwoLayerNet))")
""")

    assert printed == ["new new True"]


def test_defaults_and_docstrings_are_updated_too(session: Callable[[str], list[str]]) -> None:
    printed = session("""
run("from daseCV.vis_utils import visualize_grid")
run("import numpy as np")
edit("vis_utils.py", "padding: int = 1", "padding: int = 3")
edit("vis_utils.py", "Arrange images", "Lay out images")
run("print(visualize_grid(np.ones((4, 2, 2, 3))).shape, visualize_grid.__doc__[:14])")
""")

    assert printed == ["(7, 7, 3) Lay out images"]


def test_modules_that_imported_the_function_by_name_see_the_change(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layer_utils import affine_relu_forward")
run("arguments = np.ones((1, 2)), np.ones((2, 1)), np.zeros(1)")
edit("layers.py", {RELU})
run("print(affine_relu_forward(*arguments)[0])")
""")

    assert printed == ["[[12.]]"]


def test_a_module_constant_is_updated(session: Callable[[str], list[str]]) -> None:
    printed = session("""
run("from daseCV import solver")
run("print(solver.BAR_FROM)")
edit("solver.py", "BAR_FROM = 200", "BAR_FROM = 7")
run("print(solver.BAR_FROM)")
""")

    assert printed == ["200", "7"]


def test_each_cell_reports_in_red_a_file_that_cannot_be_loaded(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward")
run("pass")
edit("layers.py", "def relu_forward(x: Array)", "def relu_forward(x: Array")
run("print(relu_forward(np.ones(1))[0])")
run("print(relu_forward(np.ones(1))[0])")
edit("layers.py", "def relu_forward(x: Array", "def relu_forward(x: Array)")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0])")
""")

    red = [line for line in printed if line.startswith("\x1b[31m✗ daseCV/layers.py, line ")]
    assert len(red) == 2
    assert "  line:     def relu_forward(x: Array -> tuple[Array, Cache]:" in printed
    assert any(line.startswith("  reason:   Python cannot read this (") for line in printed)
    assert [line for line in printed if line.startswith("[")] == ["[1.]", "[1.]", "[11.]"]


def test_a_module_that_fails_halfway_keeps_its_old_contents(
    session: Callable[[str], list[str]],
) -> None:
    printed = session("""
run("from daseCV import solver")
run("pass")
edit("solver.py", "BAR_FROM = 200", "BAR_FROM = 7\\nundefined_name")
run("print(solver.BAR_FROM)")
""")

    assert any("(NameError: name 'undefined_name' is not defined)" in line for line in printed)
    assert printed[0] == "200"


def test_after_unloading_edits_have_no_effect(session: Callable[[str], list[str]]) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward")
run("pass")
run("%unload_ext daseCV.autoreload")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0])")
""")

    assert printed == ["[1.]"]


def test_the_notebooks_load_this_extension_and_not_ipythons(root: Path) -> None:
    notebooks = sorted((root / "source_notebooks").glob("*.ipynb"))
    assert notebooks
    for notebook in notebooks:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        assert "from daseCV.start import start" in code  # it loads the extension
        assert "%load_ext autoreload" not in code
        assert "%autoreload" not in code
