"""Plant faults in the product, one at a time, and see which tests notice.

    pip install -e '.[faults]'
    python tools/planted_faults.py choose                 # writes build/faults/faults.json
    python tools/planted_faults.py ask --jobs 2           # resumes when interrupted
    python tools/planted_faults.py rest                   # all unnoticed faults, together
    python tools/planted_faults.py table                  # by room, as Markdown

Faults come from cosmic-ray's operators: a comparison or an arithmetic operator replaced, a number
changed, a condition negated, a loop left out, an exception not caught, a decorator removed. Blanks
are left out: `python -m tools.audit` changes those.

`ask` runs the tests of a fault's own room and those that name its module, first those of
`make quick`. `rest` plants all unnoticed faults at once and runs the whole suite: if it passes,
no test notices any of them. `--checkout` names another checkout with the same
product, such as an earlier revision, so that two suites can be compared on the same faults.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "faults"
SEED = 20
LIMIT = 3600.0  # seconds for the tests of one fault; a suite that hangs has noticed
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:nbval", "-q")
# An arithmetic operator becomes its opposite: with any other, such as `<<` between two paths, the
# line fails wherever it runs.
OPERATORS_LEFT_OUT = ("ReplaceBinaryOperator", "VariableReplacer", "VariableInserter")
OPPOSITES = ("Add_Sub", "Sub_Add", "Mul_Div", "Mul_FloorDiv", "FloorDiv_Mul", "Mod_FloorDiv")


@dataclass(frozen=True)
class Fault:
    """A change of one line.

    Parameters
    ----------
    file : str
    line : int
    operator : str
        Name in cosmic-ray.
    occurrence : int
        Number of the operator's place in the file, from 0.
    """

    file: str
    line: int
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {self.operator.removeprefix('core/')} {self.occurrence}"

    @property
    def room(self) -> str:
        """The folder of the product, or the module if a module is the room."""
        path = Path(self.file)
        alone = path.parent.as_posix() == "autograder"
        return path.with_suffix("").as_posix() if alone else path.parent.as_posix()


@dataclass(frozen=True)
class Outcome:
    """The test that noticed a fault, in `make quick` and in all tests: its id, or an empty text."""

    fault: str
    quick: str
    whole: str
    seconds: float


def product_files() -> list[Path]:
    """Python files of the product, without rooms that only hold tables of texts."""
    files = [*(ROOT / "daseCV").rglob("*.py"), *(ROOT / "autograder").rglob("*.py")]
    return sorted(path for path in files if "hints" not in path.parts)


def find_faults(path: Path) -> Iterator[tuple[str, Fault]]:
    """Yield all faults that can be planted in a file's functions, with the function's name."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.ast.ast_query import ASTQuery
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text(encoding="utf-8")
    blanks = set(lines_of_blanks(source))
    tree = get_ast(source)
    for name in operator_names():
        if any(part in name for part in OPERATORS_LEFT_OUT) and not name.endswith(OPPOSITES):
            continue
        operator, occurrence = get_operator(name)(), -1
        for node in ast_nodes(tree):
            for (line, _), _ in operator.mutation_positions(node):
                occurrence += 1
                function = ASTQuery(node).get_definition_name()
                if function and line not in blanks:
                    relative = path.relative_to(ROOT).as_posix()
                    yield function, Fault(relative, line, name, occurrence)


def lines_of_blanks(source: str) -> Iterator[int]:
    """Yield the numbers of lines between `BEGIN SOLUTION` and `END SOLUTION`."""
    within = False
    for number, line in enumerate(source.splitlines(), 1):
        within = (within or "### BEGIN SOLUTION" in line) and "### END SOLUTION" not in line
        if within:
            yield number


def choose_faults(count: int) -> list[Fault]:
    """Draw faults, spread evenly over all rooms, at most one in each function."""
    chance = random.Random(SEED)
    rooms: dict[str, dict[tuple[str, str], list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for path in product_files():
        for function, fault in find_faults(path):
            rooms[fault.room][fault.file, function].append(fault)
    chosen: list[Fault] = []
    waiting = {room: [*functions.values()] for room, functions in sorted(rooms.items())}
    for functions in waiting.values():
        chance.shuffle(functions)
    while len(chosen) < count and any(waiting.values()):
        for functions in waiting.values():
            if functions and len(chosen) < count:
                chosen.append(chance.choice(functions.pop()))
    return sorted(chosen, key=lambda fault: fault.name)


def plant(fault: Fault, source: str) -> str:
    """Plant a fault in a file's source."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    changed = mutate_code(source, get_operator(fault.operator)(), fault.occurrence)
    if changed is None or changed == source:
        raise ValueError(f"{fault.name}: nothing to change; run `choose` anew")
    return changed


def find_tests(fault: Fault, checkout: Path) -> list[str]:
    """Find test files of a fault's room, and those that import its module."""
    path = Path(fault.file)
    module = path.parent.name if path.stem == "__init__" else path.stem
    imported = re.compile(rf"^(from|import) .*\b{re.escape(module)}\b", re.MULTILINE)
    mirrored = checkout / "tests" / path.parent
    room = next(folder for folder in (mirrored, *mirrored.parents) if folder.is_dir())
    found = [
        test
        for test in sorted(checkout.glob("tests/**/test_*.py"))
        if test.parent == room or imported.search(test.read_text(encoding="utf-8"))
    ]
    late = ("tests/browser", "tests/end_to_end", "tests/attacks")
    names = [test.relative_to(checkout).as_posix() for test in found]
    return sorted(names, key=lambda name: (name.startswith(late), f"test_{module}" not in name))


def make_environment(checkout: Path) -> dict[str, str]:
    """The environment of tests in a checkout."""
    cache = str(checkout.parent / "cache")
    return os.environ | {"PYTHONPATH": str(checkout), "DASECV_CACHE": cache}


def try_fault(fault: Fault, tests: list[str], checkout: Path) -> Outcome:
    """Plant a fault in a checkout, run tests until one fails, and put the file back."""
    started = time.monotonic()
    path = checkout / fault.file
    source = path.read_text(encoding="utf-8")
    path.write_text(plant(fault, source), encoding="utf-8")
    try:
        quick = first_failure(tests, checkout, "quick")
        whole = quick or first_failure(tests, checkout, "not quick")
    finally:
        path.write_text(source, encoding="utf-8")
    return Outcome(fault.name, quick, whole, round(time.monotonic() - started, 1))


def first_failure(tests: list[str], checkout: Path, which: str) -> str:
    """Run tests and return the first that fails; an empty text if none does."""
    command = [*PYTEST, "-x", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-m", which, *tests]
    if not tests:
        return ""
    try:
        run = subprocess.run(
            command,
            cwd=checkout,
            env=make_environment(checkout),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "out of time"
    if run.returncode in (0, 5):  # 5: no test of this kind
        return ""
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0] if failed else f"pytest exited with {run.returncode}"


def copy_checkout(checkout: Path, count: int) -> list[Path]:
    """Copy a checkout several times, to plant faults in; each copy has a cache beside it."""
    made = []
    for number in range(count):
        folder = BUILD / "copies" / f"{checkout.parent.name}-{number}"
        copy = folder / "main"
        shutil.rmtree(copy, ignore_errors=True)
        ignore = shutil.ignore_patterns(".venv", "build", "demo", ".git", "__pycache__")
        shutil.copytree(checkout, copy, ignore=ignore)
        shared = checkout.parent / "shared"
        if shared.exists() and not (folder / "shared").exists():
            (folder / "shared").symlink_to(shared)
        made.append(copy)
    return made


def try_all(checkout: Path, jobs: int, room: str) -> None:
    """Test all faults, of one room or of all, that have no outcome yet."""
    results = outcomes_file(checkout)
    known = {outcome.fault for outcome in read_outcomes(checkout)}
    free, lock = copy_checkout(checkout, jobs), threading.Lock()

    def try_next(fault: Fault) -> None:
        with lock:
            copy = free.pop()
        outcome = try_fault(fault, find_tests(fault, checkout), copy)
        with lock:
            free.append(copy)
            with open(results, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")
            print(f"{outcome.seconds:6.1f} s  {fault.name}: {outcome.whole or 'NOT NOTICED'}")

    with ThreadPoolExecutor(jobs) as pool:
        waiting = [fault for fault in read_faults() if fault.name not in known]
        list(pool.map(try_next, [fault for fault in waiting if fault.room.startswith(room)]))


def try_rest(checkout: Path) -> None:
    """Plant all unnoticed faults together, and run the whole suite."""
    [copy] = copy_checkout(checkout, 1)
    noticed = {outcome.fault for outcome in read_outcomes(checkout) if outcome.whole}
    for fault in read_faults():
        if fault.name not in noticed:
            path = copy / fault.file
            path.write_text(plant(fault, path.read_text(encoding="utf-8")), encoding="utf-8")
    command = [*PYTEST, "-n", "4", "--dist", "loadfile", "-rfE", "--tb=no", "tests"]
    subprocess.run(command, cwd=copy, env=make_environment(copy), check=False)


def outcomes_file(checkout: Path) -> Path:
    """The file with the outcomes of a checkout's suite."""
    return BUILD / f"outcomes-{checkout.parent.name}-{checkout.name}.jsonl"


def read_faults() -> list[Fault]:
    """Read the chosen faults."""
    return [Fault(**fault) for fault in json.loads((BUILD / "faults.json").read_text())]


def read_outcomes(checkout: Path) -> list[Outcome]:
    """Read the outcomes of a checkout's suite."""
    path = outcomes_file(checkout)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Outcome(**json.loads(line)) for line in lines]


def print_table(checkout: Path) -> None:
    """Print how many faults are noticed, by room, and those that are not."""
    outcomes = {outcome.fault: outcome for outcome in read_outcomes(checkout)}
    planted, quick, whole = Counter[str](), Counter[str](), Counter[str]()
    missed = []
    for fault in read_faults():
        outcome = outcomes.get(fault.name)
        if outcome is not None:
            planted[fault.room] += 1
            quick[fault.room] += bool(outcome.quick)
            whole[fault.room] += bool(outcome.whole)
            missed += [] if outcome.whole else [fault.name]
    print(
        "| room | planted | noticed by `make quick` | noticed by `make test` |\n|---|---|---|---|"
    )
    for room in sorted(planted):
        print(f"| `{room}` | {planted[room]} | {quick[room]} | {whole[room]} |")
    print(f"| all | {planted.total()} | {quick.total()} | {whole.total()} |")
    print("\nNot noticed:", *missed or ["none"], sep="\n- ")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("step", choices=["choose", "ask", "rest", "table"])
    parser.add_argument("--count", type=int, default=160)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("--room", default="", help="for `ask`: a folder of the product")
    given = parser.parse_args()
    if given.step == "choose":
        BUILD.mkdir(parents=True, exist_ok=True)
        faults = choose_faults(given.count)
        (BUILD / "faults.json").write_text(json.dumps([asdict(f) for f in faults], indent=1))
        print(f"{len(faults)} faults in {len({fault.room for fault in faults})} rooms")
    elif given.step == "ask":
        try_all(given.checkout.resolve(), given.jobs, given.room)
    elif given.step == "rest":
        try_rest(given.checkout.resolve())
    else:
        print_table(given.checkout.resolve())


if __name__ == "__main__":
    main()
