"""The student environment, in which workers and notebook kernels run: built once and cached.

It holds the release's requirements and the packages that run notebooks, but neither `daseCV` nor
`autograder`, nor any path to them.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import daseCV
from daseCV.errors import DaseCVError

from .folders import PACKAGE
from .sandbox import SandboxError, find_exposing_folder

# Packages that run a notebook in the sandbox.
RUNNER = ("nbclient>=0.10", "nbformat>=5.7")
GRADER = Path(__file__).parent
REFERENCE = Path(daseCV.__file__).parent
RUNTIME = (
    GRADER / "sandbox" / "confine.py",
    *(GRADER / "worker" / f"{name}.py" for name in ("frames", "serve", "absent", "stand_ins")),
    GRADER / "worker" / "execute.py",
)
VERSION = "2"  # of the build process
READY = "ready"
NOT_COPIED = ("site-packages", "test", "idlelib", "turtledemo", "__pycache__", "share")
BUILD_TIMEOUT = 1800  # seconds


class StudentEnvironmentError(DaseCVError):
    """The student environment cannot be built; the message says why, and what to do."""


@dataclass(frozen=True)
class StudentEnvironment:
    folder: Path
    python: Path  # its interpreter
    # The grader's programs that run in it: confinement, the worker's loop, the runner of notebooks
    runtime: Path
    kernels: Path | None  # the compiled fast layers; None without a compiler

    @property
    def numpy(self) -> str:
        """The version of its NumPy, such as '2.4'."""
        [found] = self.folder.glob("env/lib/python*/site-packages/numpy-*.dist-info")
        return ".".join(found.name.split("-")[1].split(".")[:2])


def get_student_environment(
    source: Path, echo: object = None, numpy: str = ""
) -> StudentEnvironment:
    """Return the environment for a release; build it if it is not cached.

    The release has `requirements.txt`, and the kernels' source in `daseCV/`. `echo` receives a line
    before anything that takes long. `numpy` is a version, such as '2.0'; default: the newest that
    the release allows.
    """
    requirements = (source / "requirements.txt").read_text(encoding="utf-8")
    if numpy:
        requirements = re.sub("(?m)^numpy.*", f"numpy=={numpy}.*", requirements)
    key = short_digest(VERSION, sys.version, sys.base_prefix, requirements, *RUNNER)
    folder = cache_folder() / "environments" / key
    sources = sorted(
        path
        for path in (source / PACKAGE).iterdir()
        if path.suffix in (".pyx", ".c", ".h") or path.name in ("setup.py", "__init__.py")
    )
    code = short_digest(*(path.read_text(encoding="utf-8") for path in sources))
    kernels = folder / "kernels" / code
    with lock_folder(folder):
        if not (folder / READY).exists():
            if callable(echo):
                echo(f"Building the student environment in {folder}: once, about a minute")
            build_environment(folder, requirements)
        if not kernels.exists():
            build_kernels(folder / "env" / "bin" / "python", sources, kernels)
        runtime = copy_runtime(folder)
    built = next(kernels.glob("im2col_cython*.so"), None)
    return StudentEnvironment(folder, folder / "env" / "bin" / "python", runtime, built)


def refuse_exposed_reference(environment: StudentEnvironment) -> None:
    """Raise SandboxError if student code could read the reference."""
    for package in (GRADER, REFERENCE):
        folder = find_exposing_folder(environment.python, package)
        if folder is not None:
            raise SandboxError(
                f"{package} holds the reference, and workers see all of {folder}: nothing is "
                "graded. Install the grader in a virtual environment: python -m venv venv"
            )


def build_environment(folder: Path, requirements: str) -> None:
    """Build an environment in place; it is valid once the file READY exists."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    base = find_shared_interpreter(folder)
    environment = folder / "env"
    run_command(base, "-I", "-m", "venv", environment)
    python = environment / "bin" / "python"
    listed = folder / "requirements.txt"
    listed.write_text(requirements + "\n".join(RUNNER) + "\n", encoding="utf-8")
    run_command(python, "-I", "-m", "pip", "install", "--quiet", "-r", listed)
    for path in environment.rglob("*.pth"):  # they add code and paths to every start
        path.unlink()
    look = (
        "from importlib.util import find_spec;"
        "print([name for name in ('daseCV', 'autograder') if find_spec(name)])"
    )
    found = run_command(python, "-I", "-c", look)
    if found.strip() != "[]":
        raise StudentEnvironmentError(f"the student environment leads to {found.strip()}; {python}")
    run_command(python, "-I", "-m", "compileall", "-q", environment / "lib", check=False)
    (folder / READY).touch()


def find_shared_interpreter(folder: Path) -> Path:
    """The base interpreter: ours, or for root a copy if other users cannot reach ours.

    A worker of the second tier is another user, who cannot read root's home.
    """
    ours = Path(os.path.realpath(sys.executable))
    if os.geteuid() != 0 or is_reachable(ours):
        return ours
    prefix, copy = Path(sys.base_prefix), folder / "python"
    shutil.copytree(
        prefix, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED, "*.a", "*.pyc")
    )
    copied = copy / ours.relative_to(prefix)
    look = "import sys; print(sys.base_prefix)"
    if run_command(copied, "-I", "-c", look, check=False).strip() != str(copy):
        raise StudentEnvironmentError(
            f"{ours} can be read only by root, and a copy of it does not run; install "
            "Python for all users (apt install python3 python3-venv), and use that"
        )
    return copied


def is_reachable(path: Path) -> bool:
    """Whether every user can access a file."""
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


def copy_runtime(folder: Path) -> Path:
    """Copy the grader's programs beside the environment, so that no path leads to the grader."""
    texts = [path.read_text(encoding="utf-8") for path in RUNTIME]
    runtime = folder / f"runtime-{short_digest(*texts)}"
    if not runtime.exists():
        incoming = folder / "runtime.new"
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir()
        for path, text in zip(RUNTIME, texts, strict=True):
            (incoming / path.name).write_text(text, encoding="utf-8")
        os.replace(incoming, runtime)
    return runtime


def build_kernels(python: Path, sources: list[Path], target: Path) -> None:
    """Compile the fast layers for an environment; without a compiler, leave an empty folder."""
    work = target.with_name(f"{target.name}.building")
    shutil.rmtree(work, ignore_errors=True)
    package = work / PACKAGE
    package.mkdir(parents=True)
    for path in sources:
        shutil.copyfile(path, package / path.name)
    options = "--quiet", "build_ext", "--inplace"
    run_command(python, "-B", "setup.py", *options, cwd=package, check=False)
    done = work / "done"
    done.mkdir()
    for built in package.glob("*.so"):
        shutil.copy(built, done / built.name)
    os.replace(done, target)
    shutil.rmtree(work)


def run_command(*command: str | Path, cwd: Path | None = None, check: bool = True) -> str:
    """Run a build command without our Python paths; return its output."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        command,
        cwd=cwd or "/",
        env=variables,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=BUILD_TIMEOUT,
        check=False,
    )
    if check and done.returncode:
        raise StudentEnvironmentError(
            f"building the student environment failed at  {' '.join(map(str, command))}\n"
            f"{(done.stderr or done.stdout).strip()[-2000:]}"
        )
    return done.stdout


def cache_folder() -> Path:
    """The folder of environments: DASECV_CACHE, or the user's cache; for root, a system folder."""
    if os.environ.get("DASECV_CACHE"):
        return Path(os.environ["DASECV_CACHE"]).resolve()
    if os.geteuid() == 0:
        return Path("/var/cache/dasecv")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dasecv"


def short_digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Let one process at a time build in a folder; all users can read the files."""
    mask = os.umask(0o022)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with open(folder.with_name(f"{folder.name}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    finally:
        os.umask(mask)
