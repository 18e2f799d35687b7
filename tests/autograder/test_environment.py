"""The student environment: built once for its requirements, and without the grader."""

import subprocess
from pathlib import Path

import pytest

from autograder import environment as module
from autograder.environment import (
    READY,
    RUNTIME,
    StudentEnvironment,
    StudentEnvironmentError,
    cache_folder,
    get_student_environment,
)

pytestmark = pytest.mark.sandbox

# What is in the cache


def python(environment: StudentEnvironment, program: str) -> str:
    run = subprocess.run(
        [environment.python, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return run.stdout.strip()


@pytest.mark.parametrize("name", ["daseCV", "autograder", "nbgrader", "pytest"])
def test_neither_grader_nor_reference_can_be_imported(
    environment: StudentEnvironment, name: str
) -> None:
    program = f"from importlib.util import find_spec; print(find_spec({name!r}))"

    assert python(environment, program) == "None"


@pytest.mark.parametrize("name", ["numpy", "matplotlib", "ipykernel", "nbclient"])
def test_packages_that_students_have_can_be_imported(
    environment: StudentEnvironment, name: str
) -> None:
    assert python(environment, f"import {name}; print({name}.__name__)") == name


def test_no_pth_file_adds_paths_at_start(environment: StudentEnvironment) -> None:
    assert list((environment.folder / "env").rglob("*.pth")) == []


def test_import_paths_of_the_environment_are_outside_the_reference(
    environment: StudentEnvironment, root: Path
) -> None:
    paths = python(environment, "import sys; print('\\n'.join(sys.path))").splitlines()

    assert not [path for path in paths if Path(path).is_relative_to(root)]
    assert any(Path(path).is_relative_to(environment.folder) for path in paths)


def test_the_runtime_is_a_copy_of_the_worker_s_programs_alone(
    environment: StudentEnvironment,
) -> None:
    assert sorted(path.name for path in environment.runtime.iterdir()) == sorted(
        path.name for path in RUNTIME
    )
    for path in RUNTIME:
        assert (environment.runtime / path.name).read_bytes() == path.read_bytes()


def test_the_runtime_does_not_contain_the_path_of_the_checkout(
    environment: StudentEnvironment, root: Path
) -> None:
    for path in environment.runtime.iterdir():
        assert str(root) not in path.read_text(encoding="utf-8")


def test_kernels_are_built_for_the_environment_s_interpreter(
    environment: StudentEnvironment,
) -> None:
    if environment.kernels is None:
        pytest.skip("no compiler here: the fast layers take NumPy's way")

    suffix = python(environment, "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))")

    assert environment.kernels.name == f"im2col_cython{suffix}"


# When it is built


@pytest.fixture
def source(root: Path, tmp_path: Path) -> Path:
    """A release that the test may change."""
    folder = tmp_path / "release"
    (folder / "daseCV").mkdir(parents=True)
    for name in ("requirements.txt", "daseCV/__init__.py", "daseCV/kernels.c", "daseCV/setup.py"):
        (folder / name).write_bytes((root / "assignment" / name).read_bytes())
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DASECV_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def builds(cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is built, in order; building itself is replaced."""
    done: list[str] = []

    def build(folder: Path, requirements: str) -> None:
        folder.mkdir(parents=True)
        (folder / READY).touch()
        done.append("environment")

    def build_kernels(python: Path, sources: list[Path], target: Path) -> None:
        target.mkdir(parents=True)
        done.append("kernels")

    monkeypatch.setattr(module, "build_environment", build)
    monkeypatch.setattr(module, "build_kernels", build_kernels)
    return done


def test_an_environment_is_built_once(source: Path, builds: list[str]) -> None:
    messages: list[str] = []

    first, second = (get_student_environment(source, messages.append) for _ in range(2))

    assert first == second
    assert builds == ["environment", "kernels"]
    assert len(messages) == 1
    assert messages[0].startswith("Building the student environment in")


def test_changed_requirements_get_another_environment(source: Path, builds: list[str]) -> None:
    before = get_student_environment(source)
    with open(source / "requirements.txt", "a", encoding="utf-8") as file:
        file.write("scipy\n")

    assert get_student_environment(source).folder != before.folder
    assert builds == ["environment", "kernels"] * 2


def test_changed_kernels_are_built_in_the_same_environment(source: Path, builds: list[str]) -> None:
    before = get_student_environment(source)
    with open(source / "daseCV/kernels.c", "a", encoding="utf-8") as file:
        file.write("/* faster */\n")

    assert get_student_environment(source).folder == before.folder
    assert builds == ["environment", "kernels", "kernels"]


def test_a_changed_blank_causes_no_build(source: Path, builds: list[str]) -> None:
    get_student_environment(source)
    (source / "daseCV/layers.py").write_text("x = 1\n", encoding="utf-8")

    get_student_environment(source)

    assert builds == ["environment", "kernels"]


def test_an_interrupted_build_is_built_again(source: Path, builds: list[str]) -> None:
    folder = get_student_environment(source).folder
    (folder / READY).unlink()
    (folder / "kernels").rename(folder.with_name("elsewhere"))
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()

    get_student_environment(source)

    assert builds == ["environment", "kernels"] * 2


@pytest.fixture(scope="module")
def failed_build(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The error about a requirement that does not exist, and the cache afterwards."""
    source, cache = (tmp_path_factory.mktemp(name) for name in ("release", "cache"))
    (source / "requirements.txt").write_text("/nowhere/bogus-1.0-py3-none-any.whl\n", "utf-8")
    (source / "daseCV").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASECV_CACHE", str(cache))
        with pytest.raises(StudentEnvironmentError) as fault:
            get_student_environment(source)
    return str(fault.value), cache


def test_a_requirement_that_cannot_be_installed_is_named_with_the_command(
    failed_build: tuple[str, Path],
) -> None:
    message, _ = failed_build

    assert "building the student environment failed at" in message
    assert "-m pip install" in message
    assert "bogus" in message


def test_an_environment_that_failed_to_build_is_not_marked_ready(
    failed_build: tuple[str, Path],
) -> None:
    _, cache = failed_build

    assert list(cache.glob("environments/*/requirements.txt"))  # the build was started
    assert not list(cache.glob(f"environments/*/{READY}"))


# Where it is kept


def test_the_cache_is_where_the_environment_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_CACHE", str(tmp_path))

    assert cache_folder() == tmp_path


@pytest.mark.parametrize(("user", "folder"), [(0, "/var/cache/dasecv"), (1000, "/xdg/dasecv")])
def test_root_has_a_cache_that_other_users_can_reach(
    monkeypatch: pytest.MonkeyPatch, user: int, folder: str
) -> None:
    """A worker of the second tier runs as another user."""
    monkeypatch.delenv("DASECV_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setattr(module.os, "geteuid", lambda: user)

    assert cache_folder() == Path(folder)


def test_other_users_can_reach_the_cached_environment(environment: StudentEnvironment) -> None:
    if cache_folder() != Path("/var/cache/dasecv"):
        pytest.skip("not root, or DASECV_CACHE says otherwise")

    assert module.is_reachable(environment.python)
    assert module.is_reachable(environment.runtime)
