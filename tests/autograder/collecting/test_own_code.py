"""A student's own code beside the blanks: what is collected, and what is not."""

from pathlib import Path

import pytest
from support.submissions import zip_of

from autograder.collecting.own_code import restore_given_functions
from autograder.collecting.submission import Submission, read_submission
from autograder.folders import MAY_ADD

LAYERS = "daseCV/layers.py"
UTILS = "daseCV/layer_utils.py"
GIVEN = f"def given(x):\n    return x\n\n\n{MAY_ADD}\n".encode()
RELEASED = {LAYERS: b"# stub\n", UTILS: GIVEN, "daseCV/fast_layers.py": b"fast = 1\n"}
HELPER = b"def mine(x):\n    return 2 * x\n"


def read(tmp_path: Path, files: dict[str, bytes]) -> Submission:
    path = tmp_path / "ada.zip"
    path.write_bytes(zip_of(files))
    return read_submission(path, [LAYERS], [], RELEASED)


# Modules


@pytest.mark.parametrize(
    ("imports", "where"),
    [
        ("from .helpers import mine", "daseCV/helpers.py"),
        ("from . import helpers", "daseCV/helpers.py"),
        ("import daseCV.helpers as h", "daseCV/helpers.py"),
        ("from .classifiers.helpers import mine", "daseCV/classifiers/helpers.py"),
        ("from .mine.helpers import mine", "daseCV/mine/helpers.py"),
    ],
)
def test_a_module_that_the_work_imports_is_collected(
    tmp_path: Path, imports: str, where: str
) -> None:
    found = read(tmp_path, {LAYERS: imports.encode(), where: HELPER})

    assert found.owned == {LAYERS: imports.encode(), where: HELPER}


def test_modules_imported_by_an_own_module_are_collected_too(tmp_path: Path) -> None:
    files = {
        LAYERS: b"from .one import a",
        "daseCV/one.py": b"from .two import a",
        "daseCV/two.py": b"a = 1",
    }

    assert set(read(tmp_path, files).owned) == set(files)


def test_loose_modules_are_collected_too(tmp_path: Path) -> None:
    found = read(tmp_path, {"layers.py": b"from .helpers import mine", "helpers.py": HELPER})

    assert found.owned["daseCV/helpers.py"] == HELPER


def test_modules_that_are_not_imported_are_not_collected(tmp_path: Path) -> None:
    assert set(read(tmp_path, {LAYERS: b"x = 1", "daseCV/helpers.py": HELPER}).owned) == {LAYERS}


@pytest.mark.parametrize(
    "name",
    [
        "daseCV/fast_layers.py",
        "daseCV/Fast_Layers.py",
        "daseCV/fast_layers/__init__.py",
        "daseCV/layers/__init__.py",
        "daseCV/classifiers/layers/__init__.py",
        "daseCV/classifiers.py",
        "daseCV/not-a-name.py",
    ],
)
def test_own_modules_cannot_replace_given_code(tmp_path: Path, name: str) -> None:
    imports = b"from . import fast_layers, layers, classifiers, not_a_name"

    assert set(read(tmp_path, {LAYERS: imports, name: HELPER}).owned) == {LAYERS}


def test_a_module_that_is_too_large_is_not_collected_and_is_in_doubt(tmp_path: Path) -> None:
    files = {LAYERS: b"from . import big", "daseCV/big.py": b"#" * 600 * 1024}

    found = read(tmp_path, files)

    assert set(found.owned) == {LAYERS}
    [note] = found.notes
    assert note.startswith("daseCV/big.py has 614,400 bytes, at most 524,288 are accepted")
    assert found.doubts == (note,)


def test_modules_beyond_the_limit_are_not_collected_and_are_in_doubt(tmp_path: Path) -> None:
    names = [f"own{number:02}" for number in range(51)]
    files = {LAYERS: f"from . import {', '.join(names)}".encode()}
    files |= {f"daseCV/{name}.py": HELPER for name in names}

    found = read(tmp_path, files)

    assert len(found.owned) == 1 + 50
    assert found.doubts == ("more than 50 modules of your own: daseCV/own50.py is not used",)


def test_imports_that_are_not_followed_are_noted(tmp_path: Path) -> None:
    long = b"from . import later\n" + b"#" * 120 * 1024
    names = [f"own{number:02}" for number in range(12)]
    files = {LAYERS: f"from . import {', '.join(names)}".encode(), "daseCV/later.py": HELPER}
    files |= {f"daseCV/{name}.py": long if name == "own00" else long[20:] for name in names}

    found = read(tmp_path, files)

    assert "daseCV/later.py" not in found.owned
    assert found.doubts == ("imports beyond the first 1,048,576 bytes are not followed",)


# Functions added to a given file


def test_a_given_file_with_own_functions_is_collected(tmp_path: Path) -> None:
    extended = GIVEN + HELPER

    found = read(tmp_path, {LAYERS: b"x = 1", UTILS: extended})

    assert found.owned[UTILS] == extended
    assert found.notes == ()


@pytest.mark.parametrize("content", [GIVEN, GIVEN.replace(b"x\n", b"x + 1\n"), b"def ("])
def test_a_given_file_without_own_functions_is_not_collected(
    tmp_path: Path, content: bytes
) -> None:
    assert UTILS not in read(tmp_path, {LAYERS: b"x = 1", UTILS: content}).owned


def test_a_changed_given_function_is_noted(tmp_path: Path) -> None:
    changed = GIVEN.replace(b"return x", b"return 3 * x") + HELPER

    found = read(tmp_path, {LAYERS: b"x = 1", UTILS: changed})

    assert f"given in {UTILS} was changed: graded as it was released" in found.notes


def test_a_changed_docstring_is_not_a_change(tmp_path: Path) -> None:
    noted = GIVEN.replace(b"(x):\n", b'(x):\n    """As it is."""\n') + HELPER

    assert read(tmp_path, {LAYERS: b"x = 1", UTILS: noted}).notes == ()


def test_given_functions_are_restored_and_own_ones_keep_their_lines() -> None:
    changed = GIVEN.replace(b"return x", b"return 3 * x") + HELPER
    names: dict[str, object] = {}

    exec(compile(restore_given_functions(changed, GIVEN), "layer_utils", "exec"), names)

    assert (names["given"](1), names["mine"](1)) == (1, 2)  # type: ignore[operator]
    assert names["mine"].__code__.co_firstlineno == 6  # type: ignore[attr-defined]


def test_reading_a_collected_submission_again_changes_nothing(tmp_path: Path) -> None:
    files = {
        LAYERS: b"from .helpers import mine",
        "daseCV/helpers.py": HELPER,
        UTILS: GIVEN + HELPER,
    }

    once = read(tmp_path, files)

    assert read(tmp_path, once.owned).digest() == once.digest()
