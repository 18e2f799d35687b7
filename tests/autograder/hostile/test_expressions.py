"""Every regular expression of the product takes time in proportion to the text that it reads.

They are found by walking the modules: compiled ones as objects, and literals passed to `re` in the
source, so that a new one is tried without being named here.
"""

import ast
import importlib
import itertools
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from types import FrameType, ModuleType

import pytest

import autograder
import daseCV
from autograder.collecting.names import plain_stem

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as parser

LENGTH = 6_000  # characters: quadratic time is a hundred times as long as linear time
SLOWER = 40  # than a linear expression; a quadratic one is hundreds of times slower
LEAST = 0.01  # seconds that are never too slow
COMMON = (
    " ",
    "\n",
    "\t",
    "1",
    "a",
    "A",
    "_",
    "-",
    "(1)",
    "`",
    "$",
    "<",
    ">",
    '"',
    "[",
    "](",
    "/",
    ".",
)
OURS = "autograder.hints.plant"  # they read only the reference
Pattern = re.Pattern[str] | re.Pattern[bytes]


def modules() -> Iterator[ModuleType]:
    for package in (autograder, daseCV):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            plain = found.name.rpartition(".")[2] in ("serve", "execute", "confine", "stand_ins")
            if not plain and not found.name.endswith(("__main__", ".setup")):
                try:
                    yield importlib.import_module(found.name)
                except ImportError:
                    assert found.name.startswith("autograder.worker"), found.name


def literal(node: ast.expr) -> str | bytes | None:
    """A pattern in the source; each expression in it is replaced by a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "Ada" for one in node.values]
        return "".join(map(str, parts))
    return None


def flags_of(call: ast.Call) -> int:
    return re.MULTILINE | re.DOTALL if "MULTILINE" in ast.dump(call) else 0


def expressions() -> dict[str, Pattern]:
    """All expressions by module and text."""
    found: dict[str, Pattern] = {}
    for module in modules():
        if module.__name__ == OURS:
            continue
        values = [*vars(module).values()]
        values += [one for value in values if isinstance(value, dict) for one in value.values()]
        for value in values:
            if isinstance(value, re.Pattern):
                found[f"{module.__name__} {value.pattern!r}"[:150]] = value
        if not str(module.__file__).endswith(".py"):  # compiled
            continue
        with open(str(module.__file__), encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and ast.unparse(node.func.value) == "re" and node.args:  # type: ignore[attr-defined]
                text = literal(node.args[0])  # type: ignore[attr-defined]
                if text is not None:
                    pattern = re.compile(text, flags_of(node))  # type: ignore[arg-type]
                    found.setdefault(f"{module.__name__} {text!r}"[:150], pattern)
    return found


def samples(tree: object) -> Iterator[str]:
    """Short texts that branches and pieces of an expression match."""
    whole = ""
    for kind, value in tree:  # type: ignore[attr-defined]
        name = str(kind)
        piece = ""
        if name == "LITERAL":
            piece = chr(value)
        elif name == "NOT_LITERAL":
            piece = "a"
        elif name == "ANY":
            piece = "x"
        elif name == "IN":
            piece = next(map(character, value), "a")
        elif name == "BRANCH":
            for branch in value[1]:
                found = list(samples(branch))
                yield from found
                piece = found[-1] if found else ""
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "SUBPATTERN", "ASSERT"):
            found = list(samples(value[-1]))
            yield from found
            piece = found[-1] if found else ""
            if "REPEAT" in name:
                piece *= min(max(value[0], 1), 20)
        whole += piece
    if whole:
        yield whole


def character(item: tuple[object, object]) -> str:
    kind, value = str(item[0]), item[1]
    if kind == "RANGE":
        return chr(value[0])  # type: ignore[index]
    if kind == "CATEGORY":
        return {"DIGIT": "1", "SPACE": " ", "WORD": "a"}.get(str(value).rpartition("_")[2], "!")
    return chr(value) if kind == "LITERAL" else "a"  # type: ignore[arg-type]


class TooSlow(Exception):
    """An expression is still at work."""


def stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def seconds(pattern: Pattern, text: str, most: float) -> float:
    """The process time of a run, the smaller of two if it is long; at most `most`."""
    given = text if isinstance(pattern.pattern, str) else text.encode()
    taken = run_once(pattern, given, most)
    return taken if taken < most else run_once(pattern, given, most)


def run_once(pattern: Pattern, text: str | bytes, most: float) -> float:
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    started = time.process_time()
    try:
        pattern.sub(b"" if isinstance(text, bytes) else "", text)  # type: ignore[arg-type]
        pattern.fullmatch(text)  # type: ignore[arg-type]
        return time.process_time() - started
    except TooSlow:
        return most
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def hostile_texts(pattern: Pattern) -> Iterator[str]:
    """Texts that repeat a piece, with something before it and a character after it."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    pieces = list(dict.fromkeys([*samples(parser.parse(text, pattern.flags)), *COMMON]))
    pieces = [piece for piece in pieces if len(piece) <= 60]
    for before, piece, after in itertools.product(("", pieces[0]), pieces, ("", "!")):
        yield before + (piece * (LENGTH // len(piece))) + after
    for one, other in itertools.product(pieces[:4], pieces):
        both = one + other
        yield both * (LENGTH // len(both)) + "!"


def slowest(pattern: Pattern) -> tuple[float, str]:
    """The first text that takes quadratic time, or the time of the slowest."""
    linear = re.compile("\\A(?:a|[^a])*?b\\Z")
    worst = (0.0, "")
    for number, text in enumerate(hostile_texts(pattern)):
        if number % 20 == 0:
            beside = run_once(linear, "a" * LENGTH, 1.0)
        most = max(SLOWER * beside, LEAST)
        taken = seconds(pattern, text, most)
        worst = max(worst, (taken / most, text[:60]))
        if taken >= most:
            break
    return worst


FOUND = expressions()


def test_expressions_are_found_by_walking_the_modules() -> None:
    assert len(FOUND) > 50
    assert any("collecting.names" in name for name in FOUND)
    assert any("grading.markdown" in name for name in FOUND)


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_an_expression_takes_time_in_proportion_to_its_text(name: str) -> None:
    share, text = slowest(FOUND[name])

    assert share < 1, f"{name} takes squares, or worse, on {text!r}..."


@pytest.mark.parametrize(
    "pattern", [r"(?:a|a)*b", r"\s+$", r"^(?P<s>.+?)(?: copy(?: \d+)?| \d)*$", r"x.*y.*z"]
)
def test_an_expression_of_quadratic_time_is_found(pattern: str) -> None:
    assert slowest(re.compile(pattern))[0] >= 1


def test_the_name_of_a_copy_of_a_copy_is_read_quickly() -> None:
    started = time.process_time()

    plain_stem("notes" + " copy 1" * 2_000 + "!.ipynb")
    plain_stem("notes" + " copy 1" * 2_000 + ".ipynb")

    assert time.process_time() - started < 0.5
