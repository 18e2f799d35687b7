"""Gradescope's autograder, unpacked and run as on Gradescope, except for its container."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.made_up import ASSIGNMENT, SCRIPT

from autograder.course import Course, init_course, read_course
from autograder.environment import StudentEnvironment
from autograder.results.gradescope.__main__ import read_submission_metadata
from autograder.results.gradescope.bundle import write_bundle
from autograder.sandbox import NoSandboxError, find_sandbox

MEMORY = 768 * 2**20  # Gradescope's default
GRADIENT = "dx = dout * mask", "dx = dout * (mask > 0)"
HOG = "def dropout_forward(", "HOG = [np.ones(10**7) for _ in range(100)]\n\n\ndef dropout_forward("
READS = """

for path in {}:
    try:
        open(path).close()
    except OSError:
        continue
    raise RuntimeError("a solution or the secret can be read")
"""
METADATA = {
    "created_at": "2026-11-20T10:30:00.000000-08:00",
    "assignment": {"due_date": "2026-11-20T10:00:00.000000-08:00"},
}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="grading needs Linux")


@pytest.fixture(scope="module")
def real_course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("gradescope") / "course"
    init_course(root, folder)
    return read_course(folder)


@pytest.fixture(scope="module")
def autograder(
    real_course: Course, environment: StudentEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder that Gradescope calls /autograder, set up without the installs of pip and apt."""
    try:
        find_sandbox("landlock")
    except NoSandboxError as error:
        pytest.skip(str(error).splitlines()[0])
    folder = tmp_path_factory.mktemp("autograder")
    bundle = folder / "autograder.zip"
    write_bundle(bundle, real_course, ASSIGNMENT, "after_published")
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder / "source")
    (folder / "results").mkdir()
    make_environment(folder)
    return folder


def make_environment(folder: Path) -> None:
    """Make a virtual environment with this one's packages, and with the zip's own package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    [libraries] = (folder / "venv").glob("lib/python*/site-packages")
    installed = next(path for path in map(Path, sys.path) if (path / "sqlalchemy").is_dir())
    (libraries / "dasecv.pth").write_text(f"{folder / 'source' / 'package'}\n{installed}\n")


def hand_in(autograder: Path, files: dict[str, bytes]) -> None:
    """Put a submission where Gradescope does."""
    submission = autograder / "submission"
    shutil.rmtree(submission, ignore_errors=True)
    for name, content in files.items():
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_bytes(content)
    (autograder / "submission_metadata.json").write_text(json.dumps(METADATA))


def run(autograder: Path, cwd: Path | None = None) -> tuple[subprocess.Popen[str], str, int]:
    """Run `run_autograder` on one processor; return it, its output and its peak of memory."""
    environment = {"PATH": os.defpath, "HOME": os.environ.get("HOME", "/")}
    for name in ("DASECV_CACHE", "XDG_CACHE_HOME"):
        if name in os.environ:
            environment[name] = os.environ[name]
    process = subprocess.Popen(
        ["bash", autograder / "source" / "run_autograder"],
        env=environment | {"DASECV_AUTOGRADER_ROOT": str(autograder)},
        cwd=cwd or autograder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=one_processor,
    )
    most = 0
    while process.poll() is None:
        most = max(most, memory_of(process.pid))
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    assert process.stdout is not None
    return process, process.stdout.read(), most


def one_processor() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def memory_of(number: int) -> int:
    """Bytes of memory of a process and its descendants; shared pages count once."""
    total = 0
    try:
        whole = psutil.Process(number)
        for one in (whole, *whole.children(recursive=True)):
            total += one.memory_full_info().pss
    except psutil.Error:
        pass
    return total


def results(autograder: Path) -> dict[str, Any]:
    content = json.loads((autograder / "results" / "results.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@pytest.fixture
def solved(reference: dict[str, bytes]) -> Callable[..., dict[str, bytes]]:
    """The reference's files, with a change of `layers.py`."""

    def solved(before: str = "", after: str = "") -> dict[str, bytes]:
        layers = reference["daseCV/layers.py"].decode()
        assert layers.count(before) >= 1
        return reference | {"daseCV/layers.py": layers.replace(before, after, 1).encode()}

    return solved


def test_the_zip_holds_what_gradescope_runs_and_no_build_products(
    real_course: Course, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "a.zip", real_course, ASSIGNMENT, "visible")

    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        infos = {info.filename: info for info in archive.infolist()}
        requirements = archive.read("requirements.txt").decode()
        settings = json.loads(archive.read("autograder.json"))
    for script in ("setup.sh", "run_autograder"):
        assert infos[script].external_attr >> 16 & 0o111
    assert {
        "course/course.secret",
        "course/dasecv.json",
        f"course/source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
        "package/autograder/results/gradescope/__main__.py",
        "package/daseCV/kernels.c",
    } <= set(infos)
    assert not [name for name in infos if name.endswith((".so", ".pyc")) or "/." in name]
    assert not [name for name in infos if name.startswith("course/source/Conv")]
    assert all(f"\n{name}" in f"\n{requirements}" for name in ("numpy>", "nbclient>", "cython>"))
    assert "pytest" not in requirements
    assert ";" not in requirements
    assert settings == {"assignment": ASSIGNMENT, "profile": "quick", "visibility": "visible"}
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0


def test_scripts_are_valid_bash(autograder: Path) -> None:
    for script in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n", autograder / "source" / script], check=True)


def test_a_submission_is_graded_within_gradescope_s_memory(
    autograder: Path, solved: Callable[..., dict[str, bytes]]
) -> None:
    hand_in(autograder, solved(*GRADIENT))

    process, printed, most = run(autograder)

    assert process.returncode == 0, printed
    found = results(autograder)
    assert found["score"] == 61.25
    assert {test["name"]: test["score"] for test in found["tests"]} == {
        "dropout_forward": 30.0,
        "dropout_backward": 6.25,
        "dropout_net": 25.0,
    }
    assert {test["visibility"] for test in found["tests"]} == {"after_published"}
    assert found["extra_data"]["sandbox"] == "landlock"
    assert (found["extra_data"]["late"], found["extra_data"]["late_seconds"]) == (True, 1800)
    assert 0 < most < MEMORY


def test_a_submission_that_takes_all_memory_gets_the_reason(
    autograder: Path, solved: Callable[..., dict[str, bytes]]
) -> None:
    hand_in(autograder, solved(*HOG))

    process, printed, most = run(autograder)

    assert process.returncode == 0, printed
    found = results(autograder)
    assert (found["score"], found["extra_data"]["status"]) == (0, "out of memory")
    assert most < MEMORY


def test_the_grader_does_not_import_a_submission_or_let_it_read_files(
    autograder: Path, solved: Callable[..., dict[str, bytes]]
) -> None:
    secret = autograder / "source" / "course" / "course.secret"
    solution = autograder / "source" / "package" / "daseCV" / "layers.py"
    curious = solved()
    curious["daseCV/layers.py"] += READS.format([str(secret), str(solution)]).encode()
    forged = b"raise SystemExit(0)"
    names = ("autograder/__init__.py", "json.py", "numpy.py", "sitecustomize.py")
    hand_in(autograder, curious | dict.fromkeys(names, forged))

    process, printed, _ = run(autograder, cwd=autograder / "submission")

    assert process.returncode == 0, printed
    assert results(autograder)["score"] == 80


def test_an_unusable_submission_gets_0_and_a_reason(autograder: Path) -> None:
    hand_in(autograder, {"readme.txt": b"x"})
    (autograder / "submission" / "link").symlink_to("/etc/passwd")

    process, printed, _ = run(autograder)

    assert process.returncode == 0, printed
    found = results(autograder)
    assert found["score"] == 0
    assert "/etc" not in json.dumps(found)
    assert SCRIPT not in json.dumps(found)


def test_an_internal_failure_leaves_no_results(
    autograder: Path, solved: Callable[..., dict[str, bytes]]
) -> None:
    hand_in(autograder, solved())
    (autograder / "results" / "results.json").write_text('{"score": 80}')  # an earlier one
    secret = autograder / "source" / "course" / "course.secret"
    content = secret.read_text()
    secret.write_text("no secret")
    try:
        process, printed, _ = run(autograder)
    finally:
        secret.write_text(content)

    assert process.returncode == 1
    assert "No mark, for a reason of the autograder's own" in printed
    assert not (autograder / "results" / "results.json").exists()


def test_metadata_is_optional(tmp_path: Path) -> None:
    path = tmp_path / "submission_metadata.json"
    assert read_submission_metadata(path) == (None, {})

    path.write_text('{"created_at": "2026-11-20T10:00:00Z", "assignment": {"due_date": null}}')

    at, lateness = read_submission_metadata(path)
    assert at == 1795168800.0
    assert lateness == {"late": False, "late_seconds": 0}
