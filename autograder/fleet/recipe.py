"""All that a process needs to grade submissions of an assignment, here or on another machine.

A recipe can be sent; the student environment, the sandbox and the images are each machine's own.
A machine with another grader or reference refuses to grade.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from daseCV import data_utils
from daseCV.errors import DaseCVError
from daseCV.profile import VARIABLE
from daseCV.synthetic import synthetic_cifar10_dir

from ..environment import GRADER, REFERENCE, get_student_environment, refuse_exposed_reference
from ..grading.grade import Grader
from ..grading.settings import Policy
from ..sandbox import Sandbox, UnconfinedSandbox, find_sandbox

DECIDING_SUFFIXES = (".py", ".pyx", ".c", ".h", ".json", ".ipynb", ".txt")  # marks depend on them

# Parts of the grader that decide no mark: reports stay valid when they change.
NOT_DECIDING = ("cli", "results", "nbgrader", "demo.py", "lateness.py", "nbgrader_plugin.py")


class VersionMismatch(DaseCVError):
    """The grader, reference or images here differ from the recipe's."""


@dataclass(frozen=True)
class Recipe:
    """All that a grader is made from."""

    release: bytes = field(repr=False)  # the assignment's source, as a zip
    secret: bytes = field(repr=False)  # the course's
    policy: Policy
    notebooks: str  # see `Course`
    checks: tuple[str, ...]
    profile: str  # its name
    images: str  # for training: 'CIFAR-10', or 'synthetic images'
    tier: str  # the sandbox, as named in reports
    code: str  # digest of grader and reference
    dropout_p: str = "keep"
    own_asserts: tuple[str, ...] = ()

    @cached_property
    def version(self) -> str:
        """A hash of everything that a mark depends on, except the submission."""
        key = hashlib.sha256(self.secret)
        with zipfile.ZipFile(io.BytesIO(self.release)) as release:
            for name in release.namelist():
                key.update(name.encode() + b"\0" + release.read(name))
        training = (self.profile, self.images)
        settings = (self.policy, self.notebooks, *self.checks, *training, self.tier)
        if self.dropout_p != "keep":
            settings = (*settings, self.dropout_p)
        settings = (*settings, *self.own_asserts)
        key.update(f"{settings} {self.code}".encode())
        return key.hexdigest()

    def grader(
        self,
        source: Path,
        sandbox: Sandbox | None = None,
        echo: Callable[[str], object] = lambda line: None,
    ) -> Grader:
        """Make the grader in this process.

        Parameters
        ----------
        source : Path
            The unpacked release.
        sandbox : Sandbox, optional
            Default: the tier that the recipe names.
        echo : callable
            Receives a line before anything that takes long.

        Raises
        ------
        VersionMismatch
            If this machine has another grader or reference, or other images.
        """
        if code_digest() != self.code:
            raise VersionMismatch(
                "it has another version of daseCV than the machine that asks it to grade: install "
                "the same on both"
            )
        if images_in_use() != self.images:
            raise VersionMismatch(
                f"it trains on {images_in_use()}, and the machine that asks it to grade on "
                f"{self.images}: run  dasecv data download  where CIFAR-10 is missing"
            )
        os.environ[VARIABLE] = self.profile
        if sandbox is None:
            unconfined = self.tier == UnconfinedSandbox.name
            sandbox = UnconfinedSandbox() if unconfined else find_sandbox(self.tier)
        environment = get_student_environment(source, echo)
        refuse_exposed_reference(environment)
        return Grader(
            source=source,
            environment=environment,
            sandbox=sandbox,
            secret=self.secret,
            policy=self.policy,
            run_notebooks=self.notebooks != "skip",
            notebook_profile=self.notebook_profile,
            data=images_folder(),
            checks=self.checks,
            dropout_p=self.dropout_p,
            own_asserts=self.own_asserts,
        )

    @property
    def notebook_profile(self) -> str:
        """The profile that notebooks are run with."""
        return "quick" if (self.notebooks, self.profile) == ("run", "course") else self.profile

    def unpack(self, folder: Path) -> Path:
        """Write the release into a folder; return the folder."""
        with zipfile.ZipFile(io.BytesIO(self.release)) as release:
            release.extractall(folder)
        return folder


def code_digest() -> str:
    """A hash of this machine's grader and reference."""
    key = hashlib.sha256()
    for folder in (GRADER, REFERENCE):
        for name, content in deciding_files(folder):
            if folder == GRADER and name.partition("/")[0] in NOT_DECIDING:
                continue
            key.update(name.encode() + b"\0" + content)
    return key.hexdigest()


def zip_folder(folder: Path) -> bytes:
    """The files of a folder that marks depend on, as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in deciding_files(folder):
            archive.writestr(name, data)
    return content.getvalue()


def deciding_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of the files that marks depend on, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in DECIDING_SUFFIXES or "__pycache__" in path.parts:
            continue
        if path.name != "im2col_cython.c":  # Cython's, made by a build
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def images_in_use() -> str:
    """The images that this machine trains on."""
    return "CIFAR-10" if data_utils.find_CIFAR10() else "synthetic images"


def images_folder() -> Path | None:
    """The images for notebooks: the real ones, or else synthetic ones."""
    return data_utils.find_CIFAR10() or synthetic_cifar10_dir()
