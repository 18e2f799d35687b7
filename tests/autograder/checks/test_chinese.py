"""Whatever a check or feedback says has its Chinese: real messages, and all sentences in the code.

Left English are names, code, docstrings that are quoted, and what an exception says.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from chinese import english, insist_on_chinese
from local import SECRET, local_worker
from nbformat.v4 import new_code_cell

from autograder.checks import CHECKS, Ask
from autograder.collecting.submission import read_submission
from autograder.grading.explain import PASSES_IN_PUBLIC
from autograder.grading.report import CheckReport, Outcome, Report, Status
from autograder.hints.catalogue import catalogue
from autograder.hints.plant import file_of, library, planted_source
from autograder.nbgrader_plugin import set_outcome, words
from daseCV.checks import overview, tries
from daseCV.checks.registry import needs
from daseCV.checks.verdict import RIGHT, WRONG
from daseCV.language import VARIABLE

SLOW = {"cnn_overfit", "fully_connected_overfit", "cnn_one_epoch", "two_layer_training"}
SLOW |= {"best_model"}
MISTAKES = catalogue()


class Remembering(Ask):
    """Remembers every question."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "asked":
            vars(self).setdefault("all_asked", set()).add(value)
        super().__setattr__(name, value)


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in SLOW])
def test_what_a_hidden_check_asks(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.checks.fast.FASTER", 0)  # this machine may be busy
    with local_worker(root, {}) as worker:
        ask = Remembering(worker, CHECKS[name], SECRET)
        CHECKS[name].questions(ask)

    asked_at_all = vars(ask)["all_asked"] - {""}
    assert asked_at_all
    for asked in asked_at_all:
        insist_on_chinese(f"  asked:    {asked}")


def test_the_verdicts_of_feedback() -> None:
    """Every outcome below a graded cell, and every reason for none."""
    cell = new_code_cell("", metadata={"nbgrader": {"points": 5}})
    for outcome in get_args(Outcome):
        check = CheckReport(
            "relu_backward",
            outcome,
            share=float(outcome in ("right", "spared")),
            reasons=(f"relu_backward is not right on hidden inputs{PASSES_IN_PUBLIC}",),
            promises=("`dout` where `x > 0`, and 0 elsewhere",),
            blamed=("layers.relu_forward", "layers.affine_forward"),
            printed="what I print stays as it is: 3 of 4 entries",
        )
        set_outcome(cell, Report("graded", sandbox="none: graded without a sandbox"), check, "zh")
        text = cell.outputs[0].text
        assert "    what I print stays as it is: 3 of 4 entries" in text or outcome == "right"
        assert not english(text.partition("打印了")[0]), text
        assert outcome in ("right", "spared") or cell.outputs[1].traceback == ["5 分里得 0 分"]
    for status in get_args(Status):
        assert not english(words(Report(status), None, "zh"))


def test_the_notes_of_feedback(tmp_path: Path) -> None:
    (tmp_path / "daseCV").mkdir()
    (tmp_path / "daseCV" / "layers.py").write_text("def (")
    (tmp_path / "daseCV" / "solver.py").write_text("changed")
    (tmp_path / "Dropout.ipynb").write_text("{}")
    run = {"cells": [{"execution_count": 1}, {"execution_count": 2}]}
    (tmp_path / "Dropout-Copy1.ipynb").write_text(json.dumps({"cells": run["cells"][:1]}))
    (tmp_path / "Dropout.en.ipynb").write_text(json.dumps(run))
    owned = ["daseCV/layers.py", "daseCV/optim.py"]
    given = {"daseCV/solver.py": b"released"}

    notes = read_submission(tmp_path, owned, ["Dropout", "Other"], given).notes

    assert len(notes) == 5, notes
    assert not english(words(Report("refused", notes=notes), None, "zh"))


def test_the_panel_and_the_checklist(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    mistake = next(m for m in MISTAKES if m.blank == "layers.conv_backward_naive")
    with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as modules:
        registry = modules("checks.registry")
        registry.check_names()
        names = ("conv_forward_naive", "conv_backward_naive")
        verdicts = {name: registry.judge(name, {})[0] for name in names}
        for verdict in verdicts.values():
            page = re.sub(r'<img [^>]*alt="([^"]*)">', r"\1", modules("checks.panel").html(verdict))
            assert not english(re.sub(r"<[^>]*>|&\w+;", " ", page))
            assert not english(verdict.text())
    needed = dict.fromkeys(verdicts, "") | {"cnn_one_epoch": needs("cnn_one_epoch")}
    overview.overview(verdicts.__getitem__, needed, root / "source_notebooks")
    assert not english(capsys.readouterr().out)


def test_how_a_try_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    before = {"tries": 1, "sign": WRONG, "answered": 2, "what": "dx", "wrong": 9, "largest": 0.5}
    for change in (
        {"sign": RIGHT},
        {"answered": 3},
        {"answered": 1},
        {"wrong": 5},
        {"largest": 0.1},
        {},
    ):
        assert not english(tries.compared(before, {**before, "tries": 2, **change}))
        assert not english(tries.compared({**before, **change}, {**before, "tries": 2}))


# The package as a student has it, all sentences in it, and in what writes feedback.
PUBLIC = ("compare", "registry", "numerical")
GRADING = ("session", "explain", "report", "notebook")
COLLECTING = ("archives", "submission")
OURS = {"ValueError", "FileNotFoundError", "RuntimeError", "BuildFault", "Refusal"}
# Of sentences that are put together elsewhere: `JOINED` has them whole.
NOT_ALONE = {
    *("not written", "out of time", "out of memory", "student error", "CheckLoss | None"),
    *("training images", "images that it has not seen", "your code", "no entries"),
    *(
        "importing daseCV/layers.py",
        "step 7 of training",
        "each of them is 7 too ",
        "index {} of axis 7",
    ),
    *("took more than 7 s", "took too much memory", "has outputs of more than 1,234 bytes"),
    *("With the new `m`, `v` and `t`; `t` counts up before it is used.", "W1: 7"),
    *("gave no notebook", "ended without its notebook", "\n... (cut)"),
}
JOINED = (
    "accuracy after one epoch is 31.0% on training images, expected above 40% (profile quick); "
    "see cnn_gradients and cnn_overfit first, then optim.adam",
    "accuracy after one epoch is 31.0% on images that it has not seen, expected above 35% (profile "
    "quick); see cnn_gradients and cnn_overfit first, then optim.adam",
    "your code raised ValueError: anything at all",
    "step 7 of training raised ValueError: anything at all",
    "importing layers raised ModuleNotFoundError: No module named 'torch'",
    "the forward pass returned a tuple of 3, expected 2 results",
    "loss returned an array of float64, expected 2 results",
    "dx is an object that is no array of numbers, expected an array of numbers of shape (2, 3)",
    "gradient of W1 is None (is there a return value?), expected an array of numbers of shape (2,)",
    "W1 is an array of object, expected an array of numbers of shape (2, 3)",
    "running the notebook took more than 1800 s: no outputs kept",
    "running the notebook took too much memory: no outputs kept",
    "running the notebook has outputs of more than 33,554,432 bytes: no outputs kept",
    "running the notebook gave no notebook: no outputs kept",
    "running the notebook ended without its notebook: no outputs kept",
    "no answer: its process was ended by signal 9",
    "no answer: its process exited with status 3",
    "no answer: it answered another question than the one asked",
    "no answer: its answer cannot be read: whatever it is",
    "fails because of `affine_forward` and `relu_forward`",
    "  where:    6 of 8 entries, all at channel 0, row 1, 2; this entry differs most (relative "
    "error 0.5, allowed 1e-08)",
    "  where:    3 of 9 entries: everything but index 0, 1 of axis 1",
    "  how:      each of them is 0.5 too small",
)
# What stands in the place of an expression in a sentence.
SAMPLES = (
    (r"shapes?\b|\bdim\b|\bshape\(", "(2, 3)"),
    (r"tolist", "[7]"),
    (r"backend", "compiled"),
    (r"profile", "quick"),
    (r"^error$", "layers.relu_forward is not written yet"),
    (r"file|module|source|candidate|^other$|^taken$", "daseCV/layers.py"),
    (r"dtype", "float64"),
    (r"describe", "a list"),
    (r"asked", "x (2, 3)"),
    (r"name|what|place|recovered|grade_id", "W1"),
    (r"normalization", "batchnorm"),
    (r"^shown$", "ada.zip"),
    (r"how|said", ""),
)


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """The literals of a module that a student may read, with a sample in each gap."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or type(getattr(node, "value", 0)) is str:
            text = filled(node)
            alone = " " in text.strip() and text not in NOT_ALONE and " on W1, expected" not in text
            alone = alone and not text.startswith("^")  # a pattern
            if alone and shown(node, parents, path):
                yield node.lineno, text  # type: ignore[attr-defined]


def filled(node: Any) -> str:
    """A literal as it may come out."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(p.value if isinstance(p, ast.Constant) else sample(p) for p in parts)


def sample(gap: ast.FormattedValue) -> str:
    """Something that may stand in a gap."""
    form = ast.unparse(gap.format_spec) if gap.format_spec else ""
    if "%" in form:
        return "12.5%"
    if "," in form:
        return "1,234"
    wanted = ast.unparse(gap.value)
    if form or isinstance(gap.value, ast.IfExp):
        return "7"
    return next((value for key, value in SAMPLES if re.search(key, wanted)), "7")


def shown(node: ast.AST, parents: dict[ast.AST, ast.AST], path: Path) -> bool:
    """Whether a literal is a sentence by itself, and for students."""
    parent = parents[node]
    if isinstance(parent, ast.Expr | ast.FormattedValue | ast.JoinedStr | ast.IfExp):
        return False  # a docstring, or a part of a sentence
    hidden = path.parent.name == "checks" and path.parent.parent.name == "autograder"
    while node in parents:
        node, child = parents[node], node
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in OURS | {"say", "part", "follow_steps", "hidden_check"}:
                return False
        if hidden and isinstance(node, ast.Module) and isinstance(child, ast.Assign):
            return False  # a sentence of a docstring, which is quoted
    return True


def all_sentences() -> list[Any]:
    root = Path(__file__).resolve().parents[3]
    topics = {CHECKS[name].questions.__module__.rpartition(".")[2] for name in CHECKS}
    paths = [root / "daseCV/checks" / f"{name}.py" for name in (*PUBLIC, *topics - {"training"})]
    paths += [root / "autograder/checks" / f"{name}.py" for name in (*topics, "models", "registry")]
    paths += [root / "autograder/grading" / f"{name}.py" for name in GRADING]
    paths += [root / "autograder/collecting" / f"{name}.py" for name in COLLECTING]
    return [
        pytest.param(text, id=f"{path.parent.parent.name}/{path.stem}-{line}")
        for path in sorted(paths)
        for line, text in sentences(path)
    ]


@pytest.mark.parametrize("sentence", all_sentences())
def test_a_sentence_in_the_code(sentence: str) -> None:
    insist_on_chinese(sentence)


@pytest.mark.parametrize("sentence", JOINED)
def test_a_sentence_that_is_put_together(sentence: str) -> None:
    insist_on_chinese(sentence)
