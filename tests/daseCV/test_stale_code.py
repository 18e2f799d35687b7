"""Checks, drawings and training use the code on disk, or report that they cannot."""

from collections.abc import Callable

import pytest

pytest.importorskip("IPython")

Session = Callable[[str], list[str]]

# States of the edited files: contents, the sign of the check, and the value of relu_forward(1/2).
STATES = """
import os, random, time
run("import numpy as np", "from daseCV.layers import *", "from daseCV.checks.running import judge")
layers, helpers = folder / "daseCV/layers.py", folder / "daseCV/helpers.py"
text = layers.read_text(encoding="utf-8")
body = "out = np.maximum(x, 0)"
head = "def relu_forward(x: Array)"
assert body in text and head in text
helped = text.replace(body, "from .helpers import top; out = top(x)")
at_top = "from .helpers import top as cut\\n\\n\\n" + head
deep = text.replace(body, "out = cut(x)").replace(head, at_top)
wrapper = "def twice(f):\\n    return lambda *a: f(*a)\\n\\n\\n@twice\\n"
decorated = text.replace(head, wrapper + head)
wrong = body.replace("0", "1")
good, bad = "import numpy as np\\n\\n\\ndef top(x):\\n    return np.maximum(x, 0)\\n", None
bad = good.replace("0", "1")
states = {
    "right": (text, good, "✓", 0.5),
    "wrong": (text.replace(body, wrong), good, "✗", 1.0),
    "indent": (text.replace("    " + body, "   " + body), good, "!", None),
    "tab": (text.replace("    " + body, "\\t" + body), good, "!", None),
    "bracket": (text.replace(head, head[:-1]), good, "!", None),
    "name": (text.replace("import numpy as np", "import numpy"), good, "!", None),
    "renamed": (text.replace(head, "def relu_foward(x: Array)"), good, "!", None),
    "decorated": (decorated, good, "✓", 0.5),
    "decorated, wrong": (decorated.replace(body, wrong), good, "✗", 1.0),
    "helper": (helped, good, "✓", 0.5),
    "helper, wrong": (helped, bad, "✗", 1.0),
    "helper, broken": (helped, good.replace(":", ""), "!", None),
    "helper at the top": (deep, good, "✓", 0.5),
    "helper at the top, wrong": (deep, bad, "✗", 1.0),
    "missing": (None, good, "!", None),
}

def put(name):
    for path, content in zip((layers, helpers), states[name]):
        if content is None:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            if random.random() < 0.5:  # unpacked again, with the time of the archive
                os.utime(path, (10**9, 10**9))

def value():
    try:
        return float(shell.user_ns["relu_forward"](np.full(1, 0.5))[0][0])
    except Exception:
        return None
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_checks_judge_the_code_on_disk_after_any_edits(session: Session, seed: int) -> None:
    printed = session(f"""{STATES}
import numpy as np
random.seed({seed})
before = "right"
for _ in range(40):
    name = random.choice(list(states))
    put(name)
    run("sign = judge('relu_forward', {{}})[0].sign")
    sign, (_, _, expected, number) = shell.user_ns["sign"], states[name]
    if sign != expected:
        print("FALSE", before, "->", name, sign)
    if number is not None and value() != number:
        print("FALSE", before, "->", name, value(), number)
    before = name
""")

    assert [line for line in printed if line.startswith("FALSE")] == []


def test_a_file_that_cannot_be_loaded_stops_checks_drawings_and_training(
    session: Session,
) -> None:
    printed = session("""
run("import numpy as np", "from daseCV.checks import check", "from daseCV.handin import submit")
run("from daseCV.explore import *", "from daseCV.solver import Solver")
run("from daseCV.classifiers.fc_net import TwoLayerNet", "model = TwoLayerNet(4, 3, 2)")
run("data = {k + p: v for p in ('_train', '_val') for k, v in (('X', np.eye(4)), "
    "('y', np.zeros(4, int)))}", "solver = Solver(model, data, num_epochs=1, verbose=False)")
run("solver.train()")
edit("layers.py", "def relu_forward(x: Array)", "def relu_forward(x: Array")
for line in ("check('rmsprop')", "check()", "solver.train()", "watch_training(solver)",
             "explore_convolution()", "explore_pooling()", "explore_normalisation()",
             "explore_gradients(dx=(np.ones(2), np.ones(2)))",
             "compare_training({'a': solver, 'b': solver})"):
    try:
        run(line)
        print("WENT ON", line)
    except Exception as error:
        said = str(error)
        if "layers.py, line 90, cannot be loaded" not in said or "def relu_forward" not in said:
            print("SAID", line, said)
run("submit()")
print((folder / "submission.zip").exists())
""")

    assert [line for line in printed if line.startswith(("WENT ON", "SAID"))] == []
    assert any(line.startswith("\x1b[31m✗ daseCV/layers.py, line 90") for line in printed)
    assert printed[-1] == "True"  # half a solution handed in is worth more than none


@pytest.mark.parametrize(
    "edited", ["class ThreeLayerConvNet(", "undefined\\nclass ThreeLayerConvNet"]
)
def test_a_broken_file_that_was_not_imported_yet_is_reported(session: Session, edited: str) -> None:
    printed = session(f"""
edit("classifiers/cnn.py", "class ThreeLayerConvNet", "{edited}")
run("from daseCV.checks.running import judge", "print(judge('relu_forward', {{}})[0].headline)")
""")

    assert "daseCV/classifiers/cnn.py, line " in printed[-1]


def test_an_edit_while_a_check_runs_prevents_its_verdict(session: Session) -> None:
    printed = session("""
edit("layers.py", "out = np.maximum(x, 0)", 
    "open(__file__, 'a').write('#'); out = np.maximum(x, 0)")
run("from daseCV.checks.running import judge", "print(judge('relu_forward', {})[0].headline)")
""")

    assert printed == ["daseCV/layers.py was changed while this ran: run the cell again"]


def test_a_traceback_shows_the_lines_that_ran(session: Session) -> None:
    printed = session(
        """
import io, traceback
edit("layers.py", "out = np.maximum(x, 0)", "change(); x / undefined")
run("from daseCV import layers", "import numpy as np")
run("pass")
layers = shell.user_ns["layers"]
line = "import numpy as np"
layers.change = lambda: edit("layers.py", line, "# one line more\\n" + line)
try:
    layers.relu_forward(np.ones(1))
except NameError:
    print(traceback.format_exc())
""".replace("layers.relu_forward(np", "layers.relu_forward(__import__('numpy')")
    )

    assert "    change(); x / undefined" in printed


def test_an_edit_of_the_checks_themselves_asks_for_a_restart(session: Session) -> None:
    printed = session("""
run("from daseCV.checks.running import check_names, judge", "check_names()")
edit("checks/questions/affine.py", "import numpy as np", "import numpy as np  # edited")
run("print(judge('affine_forward', {})[0].headline)")
""")

    file = "daseCV/checks/questions/affine.py"
    assert printed[-1] == f"{file} was changed: restart the kernel, then run the set-up cell"


def test_an_object_made_before_an_edit_can_call_super_in_its_new_methods(session: Session) -> None:
    printed = session("""
own = "\\n\\nclass Mine(TwoLayerNet):\\n    def loss(self, X, y=None):\\n        return 1\\n"
path = folder / "daseCV/classifiers/fc_net.py"
path.write_text(path.read_text() + own)
run("import numpy as np", "from daseCV.classifiers.fc_net import Mine", "model = Mine(4, 3, 2)")
edit("classifiers/fc_net.py", "        return 1", "        return super().loss(X).shape")
run("print(model.loss(np.ones((5, 4))))")
""")

    assert printed == ["(5, 2)"]


TRAINED = """
run("import numpy as np", "from daseCV.solver import Solver", "from daseCV.checks.running import *")
run("import os; os.environ['DASECV_PROFILE'] = 'tiny'")
run("from daseCV.classifiers.fc_net import TwoLayerNet", "model = TwoLayerNet(4, 3, 2)")
run("data = {k + p: v for p in ('_train', '_val') for k, v in (('X', np.eye(4)), "
    "('y', np.arange(4) % 2))}", "solver = Solver(model, data, num_epochs=9, verbose=False)")
run("solver.train()")
"""


def test_a_network_trained_before_an_edit_must_be_trained_again(session: Session) -> None:
    printed = session(
        TRAINED
        + """
edit("classifiers/fc_net.py", "scores, ", "scores , ")  # means the same
run("print(judge('two_layer_training', {'solver': solver})[0].sign)")
edit("layers.py", "out = np.maximum(x, 0)", "out = np.maximum(x, 1)")
run("print(judge('two_layer_training', {'solver': solver})[0].headline)")
"""
    )

    assert printed == ["✓", "layers.relu_forward changed after this training: train again"]


def test_completing_another_blank_keeps_the_result_of_a_training(session: Session) -> None:
    printed = session(
        TRAINED
        + """
edit("layers.py", "out = np.zeros(", "out = 1 * np.zeros(")
run("print(judge('two_layer_training', {'solver': solver})[0].sign)")
"""
    )

    assert printed == ["✓"]


def test_a_new_function_reaches_modules_with_star_imports(session: Session) -> None:
    printed = session("""
(folder / "daseCV/helpers.py").write_text(
    "from .layers import *\\n\\n\\ndef use():\\n    return fresh()\\n")
run("from daseCV import helpers")
edit("layers.py", "def relu_forward(", "def fresh():\\n    return 42\\n\\n\\ndef relu_forward(")
run("print(helpers.use())")
""")

    assert printed == ["42"]


def test_a_new_function_and_its_import_may_come_together(session: Session) -> None:
    printed = session("""
run("import daseCV.classifiers.fc_net")
head, fresh = "def affine_relu_forward(", "def fresh():\\n    return 42\\n\\n\\n"
edit("layer_utils.py", head, fresh + head)
head, use = "class TwoLayerNet", "from ..layer_utils import fresh\\n\\n\\n"
edit("classifiers/fc_net.py", head, use + head)
run("print(daseCV.classifiers.fc_net.fresh())")
""")

    assert printed == ["42"]


def test_a_traceback_shows_the_lines_that_ran_in_a_file_that_is_edited_for_the_first_time(
    session: Session,
) -> None:
    printed = session("""
shell.user_ns["edit"] = edit
run("import traceback", "from daseCV import layers")
run(
    "edit('layers.py', 'import numpy as np', '# one line more\\\\nimport numpy as np')",
    "try:",
    "    layers.relu_forward(None)",
    "except Exception:",
    "    print(traceback.format_exc())",
)
""")

    assert '    shapes.check_array("relu_forward", "x", x)' in printed
