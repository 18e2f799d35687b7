"""Hands out the release: as a zip, or as a git repository without this one's history."""

import contextlib
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from ..folders import PACKAGE, RELEASE
from .blanks import ReleaseError
from .build import build_release, files_of
from .reference import Reference

FOLDER = "daseCV-assignment"  # in the zip, and what the set-up cell looks for in a student's Drive
INSTRUCTOR_FOLDERS = ("autograder", "source_notebooks")  # never in a student repository


def zip_release(release: Path, path: Path, root: Path) -> Path:
    """Write a release as a zip with one folder, dated as the checkout's last commit.

    Equal releases make equal zips.
    """
    files = files_of(release)
    date = time.gmtime(315532800)[:6]  # the first that a zip can have
    with contextlib.suppress(ReleaseError, ValueError):  # no git, or no commit
        date = time.gmtime(int(run_git(root, "log", "-1", "--format=%ct")))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(f"{FOLDER}/{file.as_posix()}", date)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (release / file).read_bytes())
    return path


def publish(
    root: Path,
    where: str = "",
    message: str = "Release of the assignment",
    week: Path | None = None,
) -> list[str]:
    """Commit the release, and nothing else, to a student repository.

    Parameters
    ----------
    where : str
        A folder, which becomes a git repository if necessary; or the address of one to push to.
        Default: the address in `pyproject.toml`.
    message : str
        Of the commit.
    week : Path, optional
        A folder that `dasecv release --notebook` wrote; default: `assignment/`, with all weeks.

    Returns
    -------
    said : list of str
        What was done, and what to do next.

    Raises
    ------
    ReleaseError
        If `assignment/` is out of date, the target is or holds the reference, or git fails; then
        nothing is pushed.
    """
    published = Reference(root).publication()
    where = where or published.address
    if not where:
        raise ReleaseError(
            "no place to publish to: give a folder or an address, or set address in "
            "pyproject.toml, [tool.dasecv]"
        )
    release = week or root / RELEASE
    if week is None:
        require_current(root)
    elif not (week / PACKAGE / "release.json").exists():
        raise ReleaseError(
            f"{week} holds no release; make one:  dasecv release --notebook NAME --to {week}"
        )
    files = files_of(release)
    if is_address(where):
        with tempfile.TemporaryDirectory(prefix="dasecv-publish-") as scratch:
            work = Path(scratch, "work")
            clone_student_repository(where, published.branch, work)
            if not commit_release(release, files, work, message):
                return [f"{where} has this release already."]
            run_git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{published.branch}")
        said = [f"Published to {where}, branch {published.branch}: {len(files)} files."]
    else:
        work = Path(where).expanduser().resolve()
        prepare_repository(root, work, published.branch)
        changed = commit_release(release, files, work, message)
        said = [f"{work} {'holds' if changed else 'has'} the release: {len(files)} files."]
        said.append(f"To hand it out: git -C {work} push")
    if published.badges("NAME.ipynb") == "":
        said.append("No badges: address in pyproject.toml, [tool.dasecv], is not on GitHub.")
    return said


def require_current(root: Path) -> None:
    """Require that `assignment/` is up to date."""
    changes = build_release(root, check_only=True)
    if changes:
        raise ReleaseError(
            f"{RELEASE}/ is out of date ({changes[0]}{', ...' if len(changes) > 1 else ''}): run  "
            "dasecv release  first"
        )


def is_address(where: str) -> bool:
    """Whether this is a repository to push to: a URL, host:path, or a bare repository.

    Examples
    --------
    >>> is_address("https://github.com/a/b"), is_address("git@github.com:a/b.git")
    (True, True)
    >>> is_address("../student")
    False
    """
    remote = "://" in where or ("@" in where and ":" in where)
    return remote or (Path(where) / "HEAD").is_file()


def clone_student_repository(address: str, branch: str, work: Path) -> None:
    """Clone a student repository; an empty one starts with this branch."""
    run_git(None, "clone", "--quiet", "--depth=1", "--no-tags", address, str(work))
    if run_git(work, "ls-remote", "--heads", "origin", branch):
        run_git(work, "fetch", "--quiet", "--depth=1", "origin", branch)
        run_git(work, "checkout", "--quiet", "-B", branch, "FETCH_HEAD")
    else:
        run_git(work, "checkout", "--quiet", "--orphan", branch)


def prepare_repository(root: Path, work: Path, branch: str) -> None:
    """Require that a folder can take the release, and make it a repository."""
    if work == root.resolve() or root.resolve() in work.parents:
        raise ReleaseError(
            f"{work} is in the reference's own checkout, which holds the solutions; choose a "
            "folder outside of it"
        )
    if not (work / ".git").exists():
        if work.exists() and any(work.iterdir()):
            raise ReleaseError(
                f"{work} is not empty and no git repository; choose a new folder, or run  git "
                "init  in it"
            )
        work.mkdir(parents=True, exist_ok=True)
        run_git(work, "init", "--quiet", f"--initial-branch={branch}")


def commit_release(release: Path, files: list[Path], work: Path, message: str) -> bool:
    """Replace the repository's files by the release, and commit; False if nothing changed."""
    tracked = run_git(work, "ls-files", "-z").split("\0")
    if found := sorted({name.partition("/")[0] for name in tracked} & set(INSTRUCTOR_FOLDERS)):
        raise ReleaseError(
            f"the target holds {', '.join(found)}, so it is no student repository; expected one "
            "that holds a release, or an empty one"
        )
    fresh = {file.as_posix() for file in files}
    for name in tracked:
        if name and name not in fresh:
            (work / name).unlink(missing_ok=True)
    for file in files:
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        (work / file).write_bytes((release / file).read_bytes())
    run_git(work, "add", "--update", ".")
    run_git(work, "add", "--force", "--", *sorted(fresh))
    if not run_git(work, "status", "--porcelain", "--untracked-files=no"):
        return False
    run_git(work, "commit", "--quiet", "--message", message)
    return True


def run_git(folder: Path | None, *arguments: str) -> str:
    """Run git, and return its output; `ReleaseError` with git's message if it fails."""
    inside = ["-C", str(folder)] if folder else []
    try:
        done = subprocess.run(
            ["git", *inside, *arguments],
            capture_output=True,
            text=True,
            errors="surrogateescape",  # names of files
            check=False,
        )
    except FileNotFoundError:
        raise ReleaseError("git is missing: install it (Debian: apt install git)") from None
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed:\n{done.stderr.strip()}")
    return done.stdout
