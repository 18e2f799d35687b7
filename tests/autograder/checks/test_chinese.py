"""All texts of checks and feedback have a Chinese translation: real messages and texts in the code.

Names, code, quoted docstrings and messages of exceptions stay English.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from support.chinese import require_chinese
from support.local import SECRET, local_worker
from support.plain import plain_words

from autograder.checks import CHECKS, Questioner
from autograder.checks.registry import StudentFailure, describe_answer
from autograder.collecting.submission import read_submission
from autograder.grading.explain import PASSES_IN_PUBLIC
from autograder.grading.report import CheckReport, Outcome, Report, Status
from autograder.hints.catalogue import MISTAKES as CATALOGUE
from autograder.hints.plant import file_of, library, planted_source
from autograder.nbgrader.plugin import feedback_text, set_outcome
from autograder.release.catalogues import FUNCTIONS, field_names
from autograder.worker.client import StudentError
from autograder.worker.frames import Handle
from daseCV.checks import overview, tries
from daseCV.checks.compare import describe, mismatch, not_an_array
from daseCV.checks.questions.batch_norm import with_settings
from daseCV.checks.questions.dropout import NONZERO, with_seed
from daseCV.checks.questions.fully_connected import gradient_of
from daseCV.checks.questions.optimisers import describe_config
from daseCV.checks.registry import needed_call, wrong_results
from daseCV.checks.running import judge
from daseCV.checks.verdict import RIGHT, WRONG
from daseCV.language import VARIABLE, Message, translate

SLOW = {"cnn_overfit", "fully_connected_overfit", "cnn_one_epoch", "two_layer_training"}
SLOW |= {"best_model"}
MISTAKES = list(CATALOGUE.values())


class RecordingQuestioner(Questioner):
    """Records every question."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "asked":
            vars(self).setdefault("all_asked", set()).add(value)
        super().__setattr__(name, value)


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in SLOW])
def test_messages_of_a_hidden_check_have_a_chinese_translation(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.checks.questions.fast.FASTER", 0)  # this machine may be busy
    with local_worker(root, {}) as worker:
        ask = RecordingQuestioner(worker, CHECKS[name], SECRET)
        CHECKS[name].questions(ask)

    asked_at_all = vars(ask)["all_asked"] - {""}
    assert asked_at_all
    for asked in asked_at_all:
        require_chinese(asked)


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in SLOW])
def test_messages_of_a_public_check_have_a_chinese_translation(name: str) -> None:
    verdict, _ = judge(name, {})

    assert verdict.answered
    for asked in verdict.answered:
        require_chinese(asked)


def test_feedback_verdicts_have_a_chinese_translation() -> None:
    """Every outcome below a graded cell, and every reason why there is none."""
    cell = new_code_cell("", metadata={"nbgrader": {"points": 5}})
    wrong = Message("{name} is not right on hidden inputs", name="relu_backward")
    for outcome in get_args(Outcome):
        check = CheckReport(
            "relu_backward",
            outcome,
            share=float(outcome in ("right", "spared")),
            reasons=(wrong.with_details(how=PASSES_IN_PUBLIC),),
            promises=("`dout` where `x > 0`, and 0 elsewhere",),
            blamed=("layers.relu_forward", "layers.affine_forward"),
            printed="what I print stays as it is: 3 of 4 entries",
        )
        set_outcome(cell, Report("graded", sandbox="none: graded without a sandbox"), check, "zh")
        text = cell.outputs[0].text
        assert "    what I print stays as it is: 3 of 4 entries" in text or outcome == "right"
        assert not plain_words(text.partition("打印了")[0]), text
        assert outcome in ("right", "spared") or cell.outputs[1].traceback == ["5 分里得 0 分"]
    for status in get_args(Status):
        assert not plain_words(feedback_text(Report(status), None, "zh"))


def test_feedback_notes_have_a_chinese_translation(tmp_path: Path) -> None:
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
    assert not plain_words(feedback_text(Report("refused", notes=notes), None, "zh"))


def test_the_panel_and_the_checklist_have_a_chinese_translation(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    mistake = next(m for m in MISTAKES if m.blank == "layers.conv_backward_naive")
    with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as modules:
        running = modules("checks.running")
        names = ("conv_forward_naive", "conv_backward_naive")
        verdicts = {name: running.judge(name, {})[0] for name in names}
        for verdict in verdicts.values():
            page = re.sub(r'<img [^>]*alt="([^"]*)">', r"\1", modules("checks.panel").html(verdict))
            page = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)  # code to copy
            assert not plain_words(re.sub(r"<[^>]*>|&\w+;", " ", page))
            assert not plain_words(verdict.text())
    needed = dict.fromkeys(verdicts, "") | {"cnn_one_epoch": needed_call("cnn_one_epoch")}
    overview.overview(verdicts.__getitem__, needed, root / "source_notebooks")
    assert not plain_words(capsys.readouterr().out)


def test_comparisons_of_tries_have_a_chinese_translation(monkeypatch: pytest.MonkeyPatch) -> None:
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
        assert not plain_words(tries.compare_tries(before, {**before, "tries": 2, **change}))
        assert not plain_words(tries.compare_tries({**before, **change}, {**before, "tries": 2}))


# All texts in the package that students have, and in the code that writes feedback.
PUBLIC = ("compare", "registry", "numerical", "verdict")
GRADING = ("asking", "session", "explain", "report", "repair", "execute")
SHARED = ("models", "passes", "registry")
COLLECTING = ("archives", "files", "modules", "notebooks", "remarks", "submission")
# Texts for staff, quoted words of a docstring, or strings that are not texts.
FOR_STAFF = {
    "BadZipFile",
    "ValueError",
    "FileNotFoundError",
    "RuntimeError",
    "FastLayersError",
    "ArgumentsError",
}
FOR_STAFF |= {"part", "follow_steps", "hidden_check", "not_written", "compile"}
NOT_SHOWN = {*get_args(Outcome), *get_args(Status)}
NOT_SHOWN |= {"With the new `m`, `v` and `t`; `t` counts up before it is used."}
NOT_SHOWN |= {" is not written yet", "\n... (cut)"}
# Samples for the expressions in a text.
SAMPLES = (
    (r"shapes?\b|\bdim\b|\bshape\(", "(2, 3)"),
    (r"profile", "quick"),
    (r"file|module|source|candidate|^other$|^taken$", "daseCV/layers.py"),
    (r"name|what|place|asked|recovered|grade_id|normalization|config|said", "W1"),
    (r"^shown$", "ada.zip"),
)


def test_messages_within_messages_have_a_chinese_translation() -> None:
    """Some messages contain others: about a step, an import, or a result without a plain name."""
    error = StudentError(["ValueError"], "anything at all", [])
    handle = describe_answer(Handle(1))
    names = [
        Message("your code"),
        Message("step {step} of training", step=7),
        Message("importing {module}", module="layers"),
    ]
    for message in (
        *(
            StudentFailure(name, error, reveal).message
            for name in names
            for reveal in (True, False)
        ),
        wrong_results("loss", np.ones(1), describe(np.ones(1)), 2),
        wrong_results("conv_forward", (1, 2, 3), describe((1, 2, 3)), 2),
        not_an_array("dx", handle, (2, 3)),
        not_an_array(gradient_of("W1"), describe(None), (2,)),
        mismatch(NONZERO, np.ones(3), np.zeros(3), np.ones(3), 1e-8, with_seed("p 0.5")),
        with_settings("x (2, 3)", {}),
        describe_config(None),
        describe_config({}),
    ):
        require_chinese(message)


@dataclass(frozen=True)
class Text:
    """A literal of a module whose text a student may read.

    Parameters
    ----------
    english : str
        The text with a sample in each gap.
    template : bool
        Whether it is the template of a message, which is translated; other texts are not.
    """

    english: str
    template: bool


def texts(path: Path) -> Iterator[tuple[int, Text]]:
    """The literals of a module that contain a word."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or type(getattr(node, "value", 0)) is str:
            template = is_template(node, parents)
            if template or (" " in fill_gaps(node).strip() and is_shown(node, parents, path)):
                yield node.lineno, Text(fill_gaps(node), template)  # type: ignore[attr-defined]


def is_template(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal is the first argument of `Message` or `say`, or a choice for it."""
    while isinstance(choice := parents[node], ast.IfExp) and node is not choice.test:
        node = choice
    call = parents[node]
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in FUNCTIONS:
        return False
    return node in call.args[:1]


def fill_gaps(node: Any) -> str:
    """A literal with samples in its gaps."""
    parts: list[Any] = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(p.value) if isinstance(p, ast.Constant) else sample_for(p) for p in parts)


def sample_for(gap: ast.FormattedValue) -> str:
    """A sample for a gap."""
    wanted = ast.unparse(gap.value)
    return next((value for key, value in SAMPLES if re.search(key, wanted)), "7")


def is_shown(node: ast.AST, parents: dict[ast.AST, ast.AST], path: Path) -> bool:
    """Whether a literal is a complete text for students."""
    if fill_gaps(node) in NOT_SHOWN:
        return False
    if isinstance(parents[node], ast.Expr | ast.FormattedValue | ast.JoinedStr):
        return False  # a docstring, or a part of a text
    hidden = {"autograder", "checks"} <= set(path.parts)
    while node in parents:
        node, child = parents[node], node
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in FOR_STAFF:
            return False
        if hidden and isinstance(node, ast.Module) and isinstance(child, ast.Assign):
            return False  # a sentence of a docstring, which is quoted
    return True


def all_texts() -> list[Any]:
    root = Path(__file__).resolve().parents[3]
    topics = {CHECKS[name].questions.__module__.rpartition(".")[2] for name in CHECKS}
    paths = [root / "daseCV/checks" / f"{name}.py" for name in PUBLIC]
    paths += [root / "daseCV/checks/questions" / f"{name}.py" for name in topics - {"training"}]
    paths += [root / "autograder/checks" / f"{name}.py" for name in SHARED]
    paths += [root / "autograder/checks/questions" / f"{name}.py" for name in topics]
    paths += [root / "autograder/grading" / f"{name}.py" for name in GRADING]
    paths += [root / "autograder/collecting" / f"{name}.py" for name in COLLECTING]
    return [
        pytest.param(text, id=f"{path.parent.parent.name}/{path.stem}-{line}")
        for path in sorted(paths)
        for line, text in texts(path)
    ]


@pytest.mark.parametrize("text", all_texts())
def test_a_text_in_the_code_has_a_chinese_translation(text: Text) -> None:
    """A template has a Chinese translation with the same fields; other texts have no English."""
    chinese = translate(Message(text.english), "zh") if text.template else text.english

    assert not plain_words(re.sub(r"{.*?}", " ", chinese)), chinese
    assert not text.template or field_names(chinese) == field_names(text.english)
