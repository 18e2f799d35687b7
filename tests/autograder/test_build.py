"""Building the release: completely or not at all, and only with files for students."""

import json
import shutil
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

from autograder.release import ReleaseError, build_release, find_root
from autograder.release.blanks import BEGIN, END, find_blanks, find_parts

pytestmark = pytest.mark.slow

LAYERS = f"""\
def double(x):
    {BEGIN}
    twice_the_value = 2 * x + 0 * x * x
    return twice_the_value
    {END}
"""
GRADED = {"grade": True, "grade_id": "double", "locked": True, "points": 1}
FILES = {
    "pyproject.toml": (
        '[project]\ndependencies = ["numpy>=2"]\n'
        '[project.optional-dependencies]\nstudent = ["cython>=3"]\n'
    ),
    "daseCV/__init__.py": '"""A library of one function."""\n',
    "daseCV/layers.py": LAYERS,
    "daseCV/given.py": "from .layers import double\n",
    "daseCV/kernel.pyx": "cdef int one = 1\n",
    "daseCV/loops.c": "int one = 1;\n",
    "daseCV/sub/__init__.py": "",
    "source_notebooks/README.md": "# What to do\n",
}


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A small made-up checkout."""
    for name, text in FILES.items():
        write(tmp_path / name, text)
    cell = v4.new_code_cell(
        "check('double')", metadata={"nbgrader": GRADED | {"schema_version": 3}}
    )
    nbformat.write(v4.new_notebook(cells=[cell]), tmp_path / "source_notebooks" / "Double.ipynb")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    """The content of every file in a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_release_holds_stubs_notebooks_and_requirements(reference: Path) -> None:
    changes = build_release(reference)

    files = [
        "Double.en.ipynb",
        "Double.ipynb",
        "README.md",
        "daseCV/__init__.py",
        "daseCV/given.py",
        "daseCV/kernel.pyx",
        "daseCV/layers.py",
        "daseCV/loops.c",
        "daseCV/release.json",
        "daseCV/sub/__init__.py",
        "requirements.txt",
    ]
    assert sorted(snapshot(reference / "assignment")) == files
    assert changes == [f"new: {name}" for name in files]


def test_a_solution_becomes_a_stub(reference: Path) -> None:
    build_release(reference)

    assert (reference / "assignment/daseCV/layers.py").read_text(encoding="utf-8") == (
        '# Generated from daseCV/layers.py by "dasecv release".\n'
        "def double(x):\n"
        "    # Your code here: layers.double\n"
        '    raise NotImplementedError("layers.double is not written yet")\n'
    )


def test_a_given_module_is_copied_behind_the_header(reference: Path) -> None:
    build_release(reference)

    assert (reference / "assignment/daseCV/given.py").read_text(encoding="utf-8") == (
        f'# Generated from daseCV/given.py by "dasecv release".\n{FILES["daseCV/given.py"]}'
    )


def test_a_data_file_is_copied_unchanged(reference: Path) -> None:
    """JSON has no comments."""
    write(reference / "daseCV/known.json", '{"one": 1}\n')

    build_release(reference)

    assert (reference / "assignment/daseCV/known.json").read_text(encoding="utf-8") == (
        '{"one": 1}\n'
    )


def test_the_header_is_a_comment_in_the_language_of_the_file(reference: Path) -> None:
    """A compiler would read "# Generated" as a directive."""
    build_release(reference)

    note = 'Generated from {} by "dasecv release".'
    for name, line in {
        "daseCV/loops.c": f"/* {note.format('daseCV/loops.c')} */",
        "daseCV/kernel.pyx": f"# {note.format('daseCV/kernel.pyx')}",
        "requirements.txt": f"# {note.format('pyproject.toml')}",
        "README.md": f"<!-- {note.format('source_notebooks/README.md')} -->",
    }.items():
        text = (reference / "assignment" / name).read_text(encoding="utf-8")
        assert text.splitlines()[0] == line


def test_requirements_are_the_dependencies_and_the_build_tools(reference: Path) -> None:
    build_release(reference)

    lines = (reference / "assignment/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ["numpy>=2", "cython>=3"]


@pytest.mark.parametrize(
    "name",
    [
        "kernel.cpython-311-x86_64-linux-gnu.so",
        "kernel.c",
        "__pycache__/layers.cpython-311.pyc",
        "__pycache__/stray.py",
        "datasets/fetch.py",
        "build/lib/layers.py",
        "layers.py.bak",
        "notes.txt",
    ],
)
def test_builds_caches_and_images_are_not_copied(reference: Path, name: str) -> None:
    write(reference / "daseCV" / name, "one = 1\n")

    build_release(reference)

    assert f"daseCV/{name}" not in snapshot(reference / "assignment")


def test_an_up_to_date_release_has_no_changes(reference: Path) -> None:
    build_release(reference)

    assert build_release(reference) == []


def test_files_that_git_ignores_are_not_changes(reference: Path) -> None:
    """For example, of somebody who tried the release out in place."""
    build_release(reference)
    for name in ("daseCV/kernel.so", "daseCV/__pycache__/layers.pyc", "submission.zip"):
        write(reference / "assignment" / name, "")

    assert build_release(reference, check_only=True) == []


@pytest.mark.parametrize("name", ["build", "datasets"])
def test_changes_are_found_in_a_checkout_of_any_name(reference: Path, name: str) -> None:
    checkout = reference / name
    shutil.copytree(reference / "daseCV", checkout / "daseCV")
    shutil.copytree(reference / "source_notebooks", checkout / "source_notebooks")
    shutil.copy(reference / "pyproject.toml", checkout)

    assert "new: daseCV/layers.py" in build_release(checkout, check_only=True)


def test_checking_lists_new_changed_and_deleted_files_and_writes_nothing(reference: Path) -> None:
    build_release(reference)
    write(reference / "daseCV/more.py", "one = 1\n")
    write(reference / "daseCV/kernel.pyx", "cdef int two = 2\n")
    (reference / "daseCV/given.py").unlink()
    before = snapshot(reference)

    changes = build_release(reference, check_only=True)

    assert changes == [
        "gone: daseCV/given.py",
        "changed: daseCV/kernel.pyx",
        "new: daseCV/more.py",
        "changed: daseCV/release.json",
    ]
    assert snapshot(reference) == before


def test_checking_before_the_first_release_writes_nothing(reference: Path) -> None:
    assert build_release(reference, check_only=True)
    assert not (reference / "assignment").exists()


def test_the_next_release_removes_a_stray_file(reference: Path) -> None:
    build_release(reference)
    write(reference / "assignment/daseCV/layers.py.bak", LAYERS)

    assert build_release(reference) == ["gone: daseCV/layers.py.bak"]
    assert not (reference / "assignment/daseCV/layers.py.bak").exists()


def test_building_leaves_nothing_beside_the_release(reference: Path) -> None:
    before = {path.name for path in reference.iterdir()}
    build_release(reference)
    write(reference / "daseCV/more.py", "one = 1\n")
    build_release(reference)

    assert {path.name for path in reference.iterdir()} == before | {"assignment"}


IN_AN_EXPRESSION = f"""\
def double(x):
    result = (
        {BEGIN}
        x + x
        {END}
    )
    return result
"""

SPOILT = {
    "a statement in the README": (
        "source_notebooks/README.md",
        "Write `twice_the_value = 2 * x + 0 * x * x`.\n",
        "README.md: part of the solution of layers.double",
    ),
    "a statement in a kernel": (
        "daseCV/kernel.pyx",
        "def double(int x):\n    cdef int y\n    twice_the_value = (2 * x + 0 * x * x)\n",
        "daseCV/kernel.pyx: part of the solution of layers.double",
    ),
    "a block in a given module": (
        "daseCV/given.py",
        LAYERS.replace(BEGIN, "# from the lecture").replace(END, ""),
        "daseCV/given.py: part of the solution of layers.double",
    ),
    "a block that is never closed": (
        "daseCV/layers.py",
        LAYERS.replace(END, ""),
        "layers, line 2: ### BEGIN SOLUTION is never closed",
    ),
    "a stub that does not compile": (
        "daseCV/layers.py",
        IN_AN_EXPRESSION,
        "daseCV/layers.py does not compile",
    ),
    "a stub that does not import": (
        "daseCV/layers.py",
        f"{LAYERS}\nFOUR = double(2)\n",
        "layers.double is not written yet",
    ),
    "a module that is missing in the release": (
        "daseCV/given.py",
        "from .reference_only import answer\n",
        "daseCV.reference_only",
    ),
    "an invalid notebook": ("source_notebooks/Double.ipynb", "{}", "not a valid notebook"),
}


@pytest.mark.parametrize(("name", "text", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_failed_release_gives_the_reason_and_keeps_the_old_one(
    reference: Path, name: str, text: str, message: str
) -> None:
    build_release(reference)
    write(reference / "daseCV/more.py", "one = 1\n")
    write(reference / name, text)
    before = snapshot(reference)

    with pytest.raises(ReleaseError) as failure:
        build_release(reference)

    assert message in str(failure.value)
    assert snapshot(reference) == before


def test_the_checkout_is_found_from_a_folder_in_it(reference: Path) -> None:
    assert find_root(reference / "daseCV" / "sub") == reference


def test_a_folder_outside_any_checkout_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="run this in the checkout of the reference"):
        find_root(tmp_path)


# The course's own reference


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's release, built anew from a copy of its sources."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("daseCV", "source_notebooks"):
        shutil.copytree(root / name, checkout / name)
    shutil.copy(root / "pyproject.toml", checkout)
    build_release(checkout)
    return checkout / "assignment"


def test_every_released_file_says_what_it_is_generated_from(release: Path) -> None:
    for name, content in snapshot(release).items():
        if name.endswith((".mo", "postBuild", "devcontainer.json")):  # copied unchanged
            continue
        text = content.decode()
        if name.endswith(".ipynb"):
            note = json.loads(text)["metadata"]["daseCV"]["generated"]
        elif name.endswith(".json"):
            note = json.loads(text)["generated"]
        else:
            note = text.splitlines()[0].strip("<!-># */")
        assert note.startswith("Generated from "), name
        assert note.endswith('by "dasecv release".'), name


def test_requirements_include_the_build_tools_of_the_fast_layers(release: Path) -> None:
    requirements = (release / "requirements.txt").read_text(encoding="utf-8")

    for package in ("numpy", "cython", "setuptools", "ipykernel", "matplotlib"):
        assert f"\n{package}>=" in requirements


def test_the_release_holds_nothing_of_the_grader(release: Path) -> None:
    files = snapshot(release)

    assert not [name for name in files if "autograder" in name or Path(name).suffix == ".so"]
    assert not [name for name, content in files.items() if b"autograder" in content]


# One week's notebook

WEEKS = {
    "pyproject.toml": FILES["pyproject.toml"] + '[tool.dasecv]\nnotebooks = ["Second", "First"]\n',
    "daseCV/checks/__init__.py": "",
    "source_notebooks/checks.json": """{
        "two": {"about": ["layers.double"]},
        "one": {"about": ["layers.triple"]}
    }""",
    "daseCV/layers.py": f"""\
def double(x):
    {BEGIN}
    return 2 * x + 0 * x * x
    {END}


def triple(x):
    {BEGIN}
    return 3 * x + 0 * x * x
    {END}
""",
}


@pytest.fixture
def weeks(reference: Path) -> Path:
    """A course of two notebooks: `Second`, about `double`, comes before `First`, about `triple`."""
    (reference / "source_notebooks" / "Double.ipynb").unlink()
    for name, text in WEEKS.items():
        write(reference / name, text)
    for name, check in (("Second", "two"), ("First", "one")):
        metadata = {"nbgrader": GRADED | {"grade_id": check, "schema_version": 3}}
        cell = v4.new_code_cell(f"check('{check}')", metadata=metadata)
        nbformat.write(
            v4.new_notebook(cells=[cell]), reference / "source_notebooks" / f"{name}.ipynb"
        )
    return reference


def test_a_week_s_release_has_its_notebook_alone_and_all_blanks(
    weeks: Path, tmp_path: Path
) -> None:
    target = tmp_path / "week"

    build_release(weeks, week="First", target=target)

    assert sorted(path.name for path in target.glob("*.ipynb")) == ["First.en.ipynb", "First.ipynb"]
    layers = (target / "daseCV/layers.py").read_text(encoding="utf-8")
    assert "layers.double is not written yet" in layers
    assert "layers.triple is not written yet" in layers
    assert not (weeks / "assignment").exists()


def test_blanks_of_earlier_weeks_can_be_handed_out_solved(weeks: Path, tmp_path: Path) -> None:
    target = tmp_path / "week"

    build_release(weeks, week="First", filled=True, target=target)

    layers = (target / "daseCV/layers.py").read_text(encoding="utf-8")
    assert "return 2 * x + 0 * x * x" in layers
    assert "SOLUTION" not in layers
    assert "layers.triple is not written yet" in layers
    known = json.loads((target / "daseCV/release.json").read_text(encoding="utf-8"))
    assert known["student_owned"] == {"daseCV/layers.py": ["layers.triple"]}
    assert known["notebooks"] == ["First.ipynb"]


def test_a_part_that_a_later_week_asks_for_stays_a_stub(weeks: Path, tmp_path: Path) -> None:
    write(
        weeks / "daseCV/layers.py",
        f"""\
def double(x, loud=False):
    {BEGIN}
    out = 2 * x + 0 * x * x
    if loud:
        ### BEGIN PART loud
        out = 10 * out + 0 * out * out
        ### END PART
    return out
    {END}


def triple(x):
    {BEGIN}
    return 3 * x + 0 * x * x
    {END}
""",
    )
    checks = {"two": {"about": ["layers.double"]}}
    checks["one"] = {"about": ["layers.triple"], "parts": ["layers.double.loud"]}
    write(weeks / "source_notebooks/checks.json", json.dumps(checks))

    build_release(weeks, week="First", filled=True, target=tmp_path / "week")

    layers = (tmp_path / "week/daseCV/layers.py").read_text(encoding="utf-8")
    assert "out = 2 * x + 0 * x * x" in layers
    assert "        # Your code here: layers.double.loud\n        raise Not" in layers
    assert "10 * out" not in layers
    assert "PART" not in layers
    known = json.loads((tmp_path / "week/daseCV/release.json").read_text(encoding="utf-8"))
    assert known["student_owned"]["daseCV/layers.py"] == ["layers.double.loud", "layers.triple"]


@pytest.mark.parametrize("text", ["### END PART", "### BEGIN PART loud"])
def test_a_part_with_one_marker_is_an_error_that_names_its_blank(weeks: Path, text: str) -> None:
    source = f"def double(x):\n    {BEGIN}\n    {text}\n    return 2 * x\n    {END}\n"
    blanks = find_blanks(source, "layers")

    with pytest.raises(ReleaseError, match=r"layers.double: .*(other half|never closed)"):
        find_parts(blanks[0])


def test_a_course_can_hand_out_a_solved_blank_that_others_ask_for(
    weeks: Path, tmp_path: Path
) -> None:
    with (weeks / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('given = ["layers.double"]\n')

    build_release(weeks, week="First", target=tmp_path / "week")

    layers = (tmp_path / "week/daseCV/layers.py").read_text(encoding="utf-8")
    assert "return 2 * x + 0 * x * x" in layers
    assert "layers.triple is not written yet" in layers


def test_an_unknown_given_blank_is_an_error_that_lists_the_known_ones(weeks: Path) -> None:
    with (weeks / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('given = ["layers.duoble"]\n')

    with pytest.raises(ReleaseError, match=r"'layers.duoble'\], expected of: layers.double, "):
        build_release(weeks)


def test_the_first_week_has_nothing_before_it(weeks: Path, tmp_path: Path) -> None:
    build_release(weeks, week="Second", filled=True, target=tmp_path / "week")

    layers = (tmp_path / "week/daseCV/layers.py").read_text(encoding="utf-8")
    assert layers.count("is not written yet") == 2


def test_an_unknown_week_is_an_error_that_lists_the_known_ones(weeks: Path) -> None:
    with pytest.raises(ReleaseError, match="got notebook 'Third', expected one of: Second, First"):
        build_release(weeks, week="Third", target=weeks / "week")
