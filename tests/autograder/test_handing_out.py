"""Handing out the release: a zip, a repository without the reference's history, badges."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.release import Reference, ReleaseError
from autograder.release import publish as publishing
from autograder.release.contents import refresh, release_contents
from autograder.release.notebooks import publish_notebook
from autograder.release.publication import Publication, read_publication
from autograder.release.publish import FOLDER, publish, zip_release

NOTEBOOK = "ConvolutionalNetworks.ipynb"


@pytest.fixture(autouse=True)
def git_author(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A git author, without this machine's own configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a small release that is up to date."""
    root = tmp_path / "checkout"
    for name, text in {
        "pyproject.toml": '[tool.dasecv]\naddress = ""\nbranch = "main"\n',
        "assignment/README.md": "read me",
        f"assignment/{NOTEBOOK}": "{}",
        "assignment/daseCV/layers.py": "def relu_forward(x): ...\n",
        "assignment/daseCV/im2col_cython.cpython-312.so": "built by someone who tried it",
        "assignment/.dasecv/tries.json": "{}",
        "daseCV/layers.py": "the solution",
        "source_notebooks/a.ipynb": "the solution",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(publishing, "build_release", lambda root, check_only: [])
    return root


RELEASED = [NOTEBOOK, "README.md", "daseCV/layers.py"]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_zip_holds_the_release_in_one_folder(checkout: Path) -> None:
    path = zip_release(checkout / "assignment", checkout / "release.zip", checkout)

    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == [f"{FOLDER}/{name}" for name in RELEASED]


def test_equal_releases_make_equal_zips(checkout: Path, tmp_path: Path) -> None:
    release = checkout / "assignment"
    one, two = (zip_release(release, tmp_path / name, checkout) for name in ("one.zip", "two.zip"))

    assert one.read_bytes() == two.read_bytes()


def test_a_release_that_is_out_of_date_is_not_handed_out(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "build_release", lambda root, check_only: ["changed: a.py"])

    with pytest.raises(ReleaseError, match=r"out of date \(changed: a.py\): run  dasecv rel"):
        publish(checkout, str(tmp_path / "student"))


def test_a_week_s_release_is_handed_out_from_its_own_folder(checkout: Path, tmp_path: Path) -> None:
    week, student = tmp_path / "week", tmp_path / "student"
    for name in ("Dropout.ipynb", "daseCV/release.json"):
        (week / name).parent.mkdir(parents=True, exist_ok=True)
        (week / name).write_text("{}")

    publish(checkout, str(student), week=week)

    assert git(student, "ls-files").split() == ["Dropout.ipynb", "daseCV/release.json"]


def test_a_folder_without_a_release_is_not_handed_out(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="holds no release"):
        publish(checkout, str(tmp_path / "student"), week=tmp_path)


# A folder


def test_a_new_folder_becomes_a_repository_with_the_release_alone(
    checkout: Path, tmp_path: Path
) -> None:
    student = tmp_path / "student"

    lines = publish(checkout, str(student))

    assert git(student, "ls-files").split() == RELEASED
    assert git(student, "log", "--format=%s").splitlines() == ["Release of the assignment"]
    assert lines[0] == f"{student} holds the release: 3 files."


def test_a_second_release_is_a_second_commit_without_deleted_files(
    checkout: Path, tmp_path: Path
) -> None:
    student = tmp_path / "student"
    publish(checkout, str(student))
    (checkout / "assignment/README.md").unlink()
    (checkout / "assignment/daseCV/new.py").write_text("")

    publish(checkout, str(student), "Week two")

    assert git(student, "ls-files").split() == [NOTEBOOK, "daseCV/layers.py", "daseCV/new.py"]
    assert git(student, "log", "--format=%s").splitlines() == [
        "Week two",
        "Release of the assignment",
    ]


def test_publishing_the_same_release_again_makes_no_commit(checkout: Path, tmp_path: Path) -> None:
    student = tmp_path / "student"
    publish(checkout, str(student))

    lines = publish(checkout, str(student))

    assert lines[0] == f"{student} has the release: 3 files."
    assert len(git(student, "log", "--format=%s").splitlines()) == 1


def test_a_folder_with_other_files_is_refused(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_text("")

    with pytest.raises(ReleaseError, match="is not empty and no git repository"):
        publish(checkout, str(tmp_path / "photos"))


@pytest.mark.parametrize("inside", [".", "assignment", "public"])
def test_nothing_is_published_into_the_reference(checkout: Path, inside: str) -> None:
    with pytest.raises(ReleaseError, match="is in the reference's own checkout"):
        publish(checkout, str(checkout / inside))


def test_a_repository_of_instructors_is_refused(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(checkout, other)
    git(other, "init", "--quiet")
    git(other, "add", ".")

    with pytest.raises(ReleaseError, match="the target holds source_notebooks, so it is no stud"):
        publish(checkout, str(other))
    assert (other / "source_notebooks/a.ipynb").exists()


# An address


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """An empty repository to push to."""
    path = tmp_path / "hub.git"
    subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
    return path


def test_a_release_is_pushed_to_an_address(checkout: Path, hub: Path) -> None:
    lines = publish(checkout, str(hub))
    again = publish(checkout, str(hub))

    assert git(hub, "ls-tree", "-r", "--name-only", "main").split() == RELEASED
    assert lines[0] == f"Published to {hub}, branch main: 3 files."
    assert again == [f"{hub} has this release already."]


def test_earlier_releases_stay_in_the_history(checkout: Path, hub: Path) -> None:
    publish(checkout, str(hub))
    (checkout / "assignment/README.md").write_text("newer")

    publish(checkout, str(hub), "Week two")

    assert git(hub, "log", "--format=%s", "main").splitlines() == [
        "Week two",
        "Release of the assignment",
    ]


def test_the_address_is_taken_from_the_configuration(checkout: Path, hub: Path) -> None:
    (checkout / "pyproject.toml").write_text(f'[tool.dasecv]\naddress = "file://{hub}"\n')

    publish(checkout)

    assert git(hub, "ls-tree", "-r", "--name-only", "main").split() == RELEASED


def test_without_an_address_the_error_says_where_to_set_one(checkout: Path) -> None:
    with pytest.raises(ReleaseError, match=r"give a folder or an address, or set address in pypr"):
        publish(checkout)


def test_an_address_that_does_not_answer_is_an_error_with_git_s_message(checkout: Path) -> None:
    with pytest.raises(ReleaseError, match=r"git clone failed:\n.*does not appear"):
        publish(checkout, "file:///no/such/repository")


# What notebooks and students know about it


def test_a_notebook_has_its_address_and_a_badge() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell('FOLDERNAME = "a"\nADDRESS = ""\n')]
    )

    made = publish_notebook(notebook, NOTEBOOK, Publication("git@github.com:dase/hw.git", "main"))

    assert "/github/dase/hw/blob/main/ConvolutionalNetworks.ipynb" in made.cells[0].source
    assert 'ADDRESS = "https://github.com/dase/hw"' in made.cells[1].source
    assert notebook.cells[0].source.endswith('ADDRESS = ""\n')


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/dase/hw",
        "https://github.com/dase/hw.git",
        "https://github.com/dase/hw/",
        "git@github.com:dase/hw.git",
    ],
)
def test_every_github_address_has_a_colab_badge(address: str) -> None:
    page = "https://colab.research.google.com/github/dase/hw/blob/main/A.ipynb"

    assert f"({page})" in Publication(address).badges("A.ipynb")


@pytest.mark.parametrize("address", ["", "https://gitee.com/dase/hw", "/srv/git/hw"])
def test_other_addresses_have_no_colab_badge(address: str) -> None:
    assert Publication(address).badges("A.ipynb") == ""


def test_a_jupyterhub_badge_works_for_any_address() -> None:
    published = Publication("https://gitee.com/dase/hw.git", hub="https://hub.example.edu/")

    assert published.badges("A.ipynb") == (
        "[JupyterHub](https://hub.example.edu/hub/user-redirect/git-pull?"
        "repo=https%3A%2F%2Fgitee.com%2Fdase%2Fhw.git&branch=main&urlpath=lab%2Ftree%2Fhw%2FA.ipynb)"
    )


def test_a_zip_alone_needs_no_address() -> None:
    assert read_publication("") == Publication("", "main")


@pytest.mark.parametrize(
    "table", ['adress = "x"', "address = 3", 'address = "a b"', "address = '\"; import os'"]
)
def test_a_wrong_configuration_is_an_error_that_names_it(table: str) -> None:
    with pytest.raises(ReleaseError, match=r"pyproject\.toml, \[tool\.dasecv\]"):
        read_publication(f"[tool.dasecv]\n{table}\n")


def test_the_release_lists_its_files_and_blanks(root: Path) -> None:
    known = release_contents(Reference(root))

    assert known["notebooks"][-1] == NOTEBOOK
    assert len(known["notebooks"]) == 4
    assert list(known["student_owned"]) == Reference(root).student_owned()
    assert "layers.conv_forward_naive" in known["student_owned"]["daseCV/layers.py"]
    assert "daseCV/solver.py" in known["given"]


def test_the_list_of_released_files_is_up_to_date(root: Path) -> None:
    assert refresh(Reference(root), check_only=True) == []
    assert json.loads((root / "daseCV/release.json").read_text())["generated"]
