"""Edited modules take effect in the next cell: IPython in a process of its own, on a copy."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import daseCV

pytest.importorskip("IPython")

# What every test has: `run` executes a cell, `edit` is a student in the editor between two cells.
DRIVER = """
import sys
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))

def run(*lines):
    shell.run_cell("\\n".join(lines)).raise_error()

def edit(name, old, new):
    path = folder / "daseCV" / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")

run("%load_ext daseCV.autoreload")
"""

RELU = '"np.maximum(x, 0)", "np.maximum(x, 0) + 10"'  # relu_forward with another body


@pytest.fixture
def session(tmp_path: Path) -> Callable[[str], list[str]]:
    """Run a script after the driver; returns the lines that it printed."""
    source = Path(daseCV.__file__).parent
    skip = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "datasets")
    shutil.copytree(source, tmp_path / "daseCV", ignore=skip)
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # students have compiled files beside theirs

    def play(script: str) -> list[str]:
        ran = subprocess.run(
            [sys.executable, "-c", DRIVER + script, str(tmp_path)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert ran.stderr == ""
        return [line for line in ran.stdout.splitlines() if "daseCV.fast_layers" not in line]

    return play


def test_an_imported_function_does_what_the_edited_file_says(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward", "from daseCV import layers")
run("print(relu_forward(np.ones(1))[0])")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0], layers.relu_forward is relu_forward)")
""")

    assert printed == ["[1.]", "[11.] True"]


def test_an_edit_right_after_the_cell_that_imported_the_module_counts(
    session: Callable[[str], list[str]],
) -> None:
    printed = session(f"""
run("import numpy as np", "from daseCV.layers import relu_forward")
edit("layers.py", {RELU})
run("print(relu_forward(np.ones(1))[0])")
""")

    assert printed == ["[11.]"]


def test_two_quick_edits_of_the_same_length_both_count(
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


def test_a_class_and_its_living_objects_get_the_new_methods(
    session: Callable[[str], list[str]],
) -> None:
    printed = session("""
run("from daseCV.classifiers.fc_net import TwoLayerNet", "model = TwoLayerNet(4, 3, 2)")
run("import numpy as np", "X = np.ones((5, 4))")
edit("classifiers/fc_net.py", "if y is None:\\n            return scores", "return 'new'")
run("print(model.loss(X), TwoLayerNet(4, 3, 2).loss(X), isinstance(model, TwoLayerNet))")
""")

    assert printed == ["new new True"]


def test_defaults_and_docstrings_are_new_as_well(session: Callable[[str], list[str]]) -> None:
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


def test_a_constant_of_a_module_changes(session: Callable[[str], list[str]]) -> None:
    printed = session("""
run("from daseCV import solver")
run("print(solver.BAR_FROM)")
edit("solver.py", "BAR_FROM = 200", "BAR_FROM = 7")
run("print(solver.BAR_FROM)")
""")

    assert printed == ["200", "7"]


def test_a_syntax_error_keeps_the_old_contents_and_says_so_once(
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

    assert printed[0] == "daseCV.layers was not reloaded, its old contents stay in use:"
    assert any("layers.py" in line for line in printed)
    assert any(line.startswith("SyntaxError: ") for line in printed)
    assert printed[-3:] == ["[1.]", "[1.]", "[11.]"]
    assert sum("was not reloaded" in line for line in printed) == 1


def test_an_error_half_way_leaves_none_of_the_new_contents(
    session: Callable[[str], list[str]],
) -> None:
    printed = session("""
run("from daseCV import solver")
run("pass")
edit("solver.py", "BAR_FROM = 200", "BAR_FROM = 7\\nundefined_name")
run("print(solver.BAR_FROM)")
""")

    assert "NameError: name 'undefined_name' is not defined" in printed
    assert printed[-1] == "200"


def test_after_unloading_edits_no_longer_count(session: Callable[[str], list[str]]) -> None:
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
        assert "from daseCV.start import start" in code  # which loads it
        assert "%load_ext autoreload" not in code
        assert "%autoreload" not in code
