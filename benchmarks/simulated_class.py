"""Simulate a class of any size, the same for the same seed.

Submissions are right, mistaken, barely started, broken, hostile or odd; `write_class` says which.
"""

import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.folders import RELEASE
from autograder.hints import MISTAKES
from autograder.hints.mistake import HintError, Mistake
from autograder.hints.plant import PACKAGE, file_of, plant
from autograder.release.reference import Reference

LAYERS = f"{PACKAGE}/layers.py"
Files = dict[str, bytes]

# Submissions of each kind, per thousand.
SHARES = {"right": 250, "mistaken": 560, "started": 60, "broken": 60, "hostile": 50, "odd": 20}

BROKEN = (
    "\ndef relu_forward(x):\n    return np.maximum(x, 0\n",
    "\nraise RuntimeError('left from last night')\n",
    "\nimport pandas_that_is_not_installed\n",
    "\nfrom daseCV.layers import something_that_is_not_there\n",
    "\n1 / 0\n",
    "\ndef dropout_forward(x, dropout_param):\n    return None\n",
    "\ndef dropout_backward(dout, cache):\n    return dout[:1]\n",
    "\ndef batchnorm_forward(x, gamma, beta, bn_param):\n    return x.tolist(), {}\n",
    "\ndef affine_forward(x, w, b):\n    raise ValueError('shapes')\n",
)
HOSTILE = (
    "\nimport os\nos._exit(0)\n",
    "\nimport os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
    "\nimport numpy.testing\nnumpy.testing.assert_allclose = lambda *a, **k: None\n",
    "\nimport socket\nsocket.create_connection(('127.0.0.1', 8787), 1)\n",
    "\nopen('/tmp/from-a-student', 'w').write('was here')\n",
    "\nimport pathlib\nprint([*pathlib.Path('/').rglob('*.secret')])\n",
    "\nimport os\nwhile True: os.fork()\n",
    "\nhoard = []\nwhile True: hoard.append(bytearray(b'x') * 2**26)\n",
    "\nimport sys\nsys.stdout.write('{\"share\": 1.0}\\n' * 100000)\n",
    "\nimport numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n",
    "\nimport builtins\nbuiltins.abs = lambda x: 0\n",
)
HABITS = (
    "\n# checked twice\n",
    "\nprint('my layers')\n",
    "\ndef relu(x):\n    return np.maximum(x, 0)\n",
    "\nDEBUG = False\n",
    "\nimport time\nSTARTED = time.time()\n",
)


@dataclass(frozen=True)
class Member:
    """A member of the class.

    Parameters
    ----------
    student, kind : str
    story : str
        What the submission contains.
    path : Path
        The submission, a zip.
    """

    student: str
    kind: str
    story: str
    path: Path


def write_class(
    root: Path, count: int, target: Path, blanks: tuple[str, ...], seed: int = 231
) -> list[Member]:
    """Write the zips of a class into a folder; no two are alike.

    Parameters
    ----------
    root : Path
        The checkout of the reference.
    count : int
    target : Path
    blanks : tuple of str
        Blanks that get mistakes.
    seed : int
    """
    draw = random.Random(seed)
    reference = Reference(root)
    owned = reference.student_owned()
    solved = {name: reference.text(Path(name)).encode() for name in owned}
    stubs = {name: (root / RELEASE / name).read_bytes() for name in owned}
    mistakes = [mistake for mistake in MISTAKES.values() if mistake.blank in blanks]
    makers: dict[str, Callable[[], tuple[str, Files]]] = {
        "right": lambda: ("all right", append_code(solved, draw.choice(HABITS))),
        "mistaken": lambda: make_mistaken(
            solved, draw.sample(mistakes, draw.choice((1, 1, 1, 2, 3)))
        ),
        "started": lambda: make_started(solved, stubs, draw),
        "broken": lambda: make_with_code(solved, draw.choice(BROKEN)),
        "hostile": lambda: make_with_code(solved, draw.choice(HOSTILE)),
        "odd": lambda: make_odd(solved, draw),
    }
    target.mkdir(parents=True, exist_ok=True)
    kinds = draw.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    return [
        write_zip(target / f"student{number:05}.zip", kind, *makers[kind]())
        for number, kind in enumerate(kinds)
    ]


def write_zip(path: Path, kind: str, story: str, files: Files) -> Member:
    """Write a zip, with its number in a comment, so that no two are alike."""
    if LAYERS in files:
        files = append_code(files, f"\n# {path.stem}\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Member(path.stem, kind, story, path)


def append_code(files: Files, code: str, name: str = LAYERS) -> Files:
    return files | {name: files[name] + code.encode()}


def make_with_code(solved: Files, code: str) -> tuple[str, Files]:
    return code.strip().splitlines()[0], append_code(solved, code)


def make_mistaken(solved: Files, mistakes: list[Mistake]) -> tuple[str, Files]:
    """Plant mistakes of the catalogue; skip those that exclude one another."""
    files, made = dict(solved), []
    for mistake in mistakes:
        name = f"{PACKAGE}/{file_of(mistake.blank)}"
        try:
            files[name] = plant(files[name].decode(), mistake).encode()
        except HintError:
            continue
        made.append(mistake.id)
    return ", ".join(made), files


def make_started(solved: Files, stubs: Files, draw: random.Random) -> tuple[str, Files]:
    """Solve some files, and leave the others as released."""
    names = draw.sample(list(stubs), draw.randrange(0, len(stubs)))
    return f"wrote {len(names)} files", stubs | {name: solved[name] for name in names}


def make_odd(solved: Files, draw: random.Random) -> tuple[str, Files]:
    """Make a submission that is not as required."""
    deep = {f"homework/final (2)/{name}": content for name, content in solved.items()}
    return draw.choice(
        [
            ("an empty zip", {}),
            ("a way out of the zip", solved | {"../../escaped.py": b"1"}),
            ("in folders", deep),
            ("one file alone", {LAYERS: solved[LAYERS]}),
            ("no Python", append_code(solved, "\0\0\0")),
        ]
    )
