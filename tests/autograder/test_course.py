"""An nbgrader course: its source, its configuration, and the student of each file in zips."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config, PyFileConfigLoader

from autograder.course import find_course, init_course, read_course
from autograder.nbgrader.plugin import Collector, GradeFromReports, RepairingExporter
from autograder.release import ReleaseError
from autograder.reports import ReportStore

ASSIGNMENTS = ["FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks"]
NAME = "ConvolutionalNetworks"
NEWER = ("policy", "language", "timezone")  # settings of later versions


@pytest.fixture(scope="module")
def course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("courses") / "autumn"
    assert init_course(root, folder) == ASSIGNMENTS
    return folder


@pytest.fixture(scope="module")
def config(course: Path) -> Config:
    """The configuration, read as nbgrader reads it."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()


def test_a_course_holds_one_source_and_a_configuration(course: Path) -> None:
    assert sorted(path.name for path in course.iterdir()) == [
        ".gitignore",
        "course.secret",
        "dasecv.json",
        "gradebook.db",
        "nbgrader_config.py",
        "source",
    ]
    assert sorted(path.name for path in (course / "source").iterdir()) == sorted(ASSIGNMENTS)


@pytest.mark.parametrize("where", ["in the checkout", "a repository of its own"])
def test_git_ignores_the_secret_and_the_marks(
    root: Path, course: Path, tmp_path: Path, where: str
) -> None:
    if where == "in the checkout":
        shutil.copy(root / ".gitignore", tmp_path)
        shutil.copytree(course, tmp_path / "autumn", ignore=shutil.ignore_patterns(".gitignore"))
    else:
        shutil.copytree(course, tmp_path, dirs_exist_ok=True)
    for name in ("gradebook.db", "reports.db", "submitted/ada/layers.py", "class.zip"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for command in (["init", "--quiet"], ["add", "--all"], ["ls-files"]):
        listed = subprocess.run(
            ["git", *command], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    names = {Path(line).name for line in listed.splitlines()}
    assert "dasecv.json" in names
    assert not names & {"course.secret", "gradebook.db", "reports.db", "class.zip"}
    assert "submitted/ada/layers.py" not in listed


def test_the_source_holds_the_files_that_students_have(root: Path, course: Path) -> None:
    def files(folder: Path) -> list[str]:
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return sorted(
            path.as_posix()
            for path in paths
            if path.suffix in (".py", ".pyx", ".ipynb", ".txt", ".md", ".json")
            and "build" not in path.parts
        )

    others = {f"{name}{end}" for name in ASSIGNMENTS for end in (".ipynb", ".en.ipynb")}
    assert files(course / "source" / NAME) == [
        name for name in files(root / "assignment") if name not in others - {f"{NAME}.ipynb"}
    ]


def test_the_source_holds_the_instructors_notebook_in_the_first_language(
    root: Path, course: Path
) -> None:
    def texts(path: Path) -> list[str]:
        return [cell.source for cell in nbformat.read(path, as_version=4).cells]

    generated = texts(course / "source" / NAME / f"{NAME}.ipynb")

    source = texts(root / "source_notebooks" / f"{NAME}.ipynb")
    assert set(generated[1:]) < set(source)  # the first text takes the points from the cells
    assert "# 卷积神经网络" in generated[0]
    assert not any("# Convolutional networks" in text for text in generated)


def test_the_source_of_a_filled_course_holds_solved_blanks_of_earlier_weeks(
    root: Path, tmp_path: Path
) -> None:
    init_course(root, tmp_path / "filled", filled=True)

    net = tmp_path / "filled/source/Dropout/daseCV/classifiers/fc_net.py"
    text = net.read_text(encoding="utf-8")
    assert read_course(tmp_path / "filled").filled
    assert text.count("FullyConnectedNet.loss.dropout is not written yet") == 2
    assert "FullyConnectedNet.loss is not written yet" not in text
    assert "affine_relu_forward" in text


def test_the_source_holds_stubs_instead_of_solutions(course: Path) -> None:
    layers = (course / "source" / NAME / "daseCV/layers.py").read_text(encoding="utf-8")

    assert 'raise NotImplementedError("layers.conv_forward_naive is not written yet")' in layers
    assert "SOLUTION" not in layers


def test_nbgrader_keeps_student_owned_files_by_their_exact_paths(config: Config) -> None:
    """Nbgrader accepts no globs, no folders and no ./ here."""
    assert config.Autograde.exclude_overwriting == {
        name: [
            "daseCV/classifiers/cnn.py",
            "daseCV/classifiers/fc_net.py",
            "daseCV/layers.py",
            "daseCV/optim.py",
        ]
        for name in ASSIGNMENTS
    }


def test_every_student_owned_file_is_in_the_source(course: Path, config: Config) -> None:
    for name in config.Autograde.exclude_overwriting[NAME]:
        assert (course / "source" / NAME / name).is_file(), name


def test_marks_come_from_the_grader_and_no_cell_runs_outside_the_sandbox(
    config: Config,
) -> None:
    first, *others = config.Autograde.autograde_preprocessors

    assert first is GradeFromReports
    assert config.Autograde.exporter_class is RepairingExporter
    assert not [name for name in others if "Execute" in name]


def test_other_users_cannot_read_a_course(course: Path) -> None:
    ReportStore(course / "reports.db")

    for path in (course, course / "reports.db"):
        assert not path.stat().st_mode & stat.S_IRWXO


def test_each_course_has_its_own_secret_that_other_users_cannot_read(
    root: Path, course: Path, tmp_path: Path
) -> None:
    init_course(root, tmp_path)

    assert read_course(course).secret != read_course(tmp_path).secret
    assert len(read_course(course).secret) == 32
    assert (course / "course.secret").stat().st_mode & 0o077 == 0


def test_a_course_is_found_from_a_folder_within_it(course: Path) -> None:
    assert find_course(course / "source" / NAME).folder == course


def test_without_a_course_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="dasecv course init"):
        find_course(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dasecv.json", "{}"),
        ("dasecv.json", "not JSON"),
        ("course.secret", "not hexadecimal"),
        ("dasecv.json", '{"assignments": [], "student_owned": [], "notebooks": "perhaps"}'),
    ],
)
def test_a_broken_course_is_an_error_that_names_the_file(
    root: Path, tmp_path: Path, name: str, content: str
) -> None:
    init_course(root, tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"dasecv\.json"):
        read_course(tmp_path)


@pytest.mark.parametrize("setting", ["notebooks", "policy", "language"])
def test_an_unknown_value_of_a_setting_is_refused(root: Path, tmp_path: Path, setting: str) -> None:
    init_course(root, tmp_path)
    path = tmp_path / "dasecv.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), setting: "maybe"}))

    with pytest.raises(ReleaseError, match=f"{setting} is 'maybe', expected one of: "):
        read_course(tmp_path)


def test_a_course_of_an_earlier_version_isolates_and_is_in_chinese(
    root: Path, tmp_path: Path
) -> None:
    init_course(root, tmp_path)
    path = tmp_path / "dasecv.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({n: v for n, v in settings.items() if n not in NEWER}))

    course = read_course(tmp_path)

    assert (course.policy, course.language) == ("isolate", "zh")


def test_builds_images_and_zips_are_not_copied_to_students(config: Config) -> None:
    ignored = config.CourseDirectory.ignore

    assert {"build", "datasets", "*.so", "*.zip", "__pycache__"} <= set(ignored)


@pytest.mark.parametrize("content", ["gradebook.db", "source"])
def test_a_folder_that_is_not_empty_is_refused(root: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / content).write_text("grades of last year", encoding="utf-8")

    with pytest.raises(ReleaseError, match="is not empty, expected a new folder"):
        init_course(root, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [content]


def test_an_empty_folder_is_accepted(root: Path, tmp_path: Path) -> None:
    init_course(root, tmp_path)

    assert (tmp_path / "nbgrader_config.py").is_file()


# Collecting zips


@pytest.fixture(scope="module")
def collector(config: Config) -> Collector:
    return Collector(config=config)


def collect(collector: Collector, path: str) -> tuple[str, str] | None:
    """Whose file an extracted file is, and which."""
    found = collector.collect(f"/srv/course/downloaded/{NAME}/extracted/{path}")
    return found and (found["student_id"], found["file_id"])


@pytest.mark.parametrize(
    ("path", "student", "file"),
    [
        (f"alice/{NAME}.ipynb", "alice", f"{NAME}.ipynb"),
        (f"alice/{NAME}.en.ipynb", "alice", f"{NAME}.ipynb"),
        ("alice/daseCV/layers.py", "alice", "daseCV/layers.py"),
        ("alice/daseCV/classifiers/cnn.py", "alice", "daseCV/classifiers/cnn.py"),
        ("alice/assignment/daseCV/layers.py", "alice", "daseCV/layers.py"),
        (f"alice/assignment/{NAME}.ipynb", "alice", f"{NAME}.ipynb"),
        ("alice/my/homework/daseCV/optim.py", "alice", "daseCV/optim.py"),
        ("alice/daseCV/daseCV/layers.py", "alice", "daseCV/layers.py"),
        (f"alice/daseCV/{NAME}.ipynb", "alice", f"{NAME}.ipynb"),
        (f"alice_{NAME}/daseCV/layers.py", "alice", "daseCV/layers.py"),
        ("alice_submission/daseCV/layers.py", "alice", "daseCV/layers.py"),
        (f"alice/submission/{NAME}.ipynb", "alice", f"{NAME}.ipynb"),
        ("alice_b_submission/daseCV/layers.py", "alice_b", "daseCV/layers.py"),
        ("10195101 张三/daseCV/layers.py", "10195101 张三", "daseCV/layers.py"),
        ("a.b@c.d/daseCV/layers.py", "a.b@c.d", "daseCV/layers.py"),
        ("alice/extracted/new/daseCV/layers.py", "alice", "daseCV/layers.py"),
        ("alice/my work (2)/daseCV/layers.py", "alice", "daseCV/layers.py"),
    ],
    ids=[
        "the notebook at the top",
        "the notebook in English",
        "a module at the top",
        "a module of a subpackage",
        "a folder in the zip",
        "the notebook in a folder",
        "a folder in a folder",
        "a folder that is called daseCV too",
        "the notebook in daseCV",
        "named by student and assignment",
        "named by student and submission",
        "a zip in the student's folder",
        "an underscore in the name",
        "a number and a Chinese name",
        "an address as name",
        "a folder called extracted",
        "spaces and brackets",
    ],
)
def test_a_file_is_collected_from_any_folder(
    collector: Collector, path: str, student: str, file: str
) -> None:
    assert collect(collector, path) == (student, file)


@pytest.mark.parametrize(
    "path",
    [
        "alice/__MACOSX/daseCV/._layers.py",
        f"__MACOSX/alice/._{NAME}.ipynb",
        f"alice/.ipynb_checkpoints/{NAME}-checkpoint.ipynb",
        "alice/daseCV/.ipynb_checkpoints/layers-checkpoint.py",
        "alice/scratch.py",
        "alice/daseCV/im2col_cython.so",
        "alice/daseCV/datasets/data_batch_1",
        "alice/submission.zip",
        f"{NAME}.ipynb",
    ],
)
def test_files_that_are_not_student_work_are_not_collected(collector: Collector, path: str) -> None:
    assert collect(collector, path) is None


@pytest.mark.parametrize("sign", ["[", "*", "?", "%"])
def test_a_path_that_nbgrader_takes_for_a_pattern_is_refused(
    root: Path, tmp_path: Path, sign: str
) -> None:
    with pytest.raises(ReleaseError, match=r"in its path, which nbgrader takes for a pattern"):
        init_course(root, tmp_path / f"week {sign}20")

    assert list(tmp_path.iterdir()) == []
