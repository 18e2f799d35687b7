"""Idle workers: started before they are needed, empty, and used once."""

import pickle
import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.environment import StudentEnvironment
from autograder.grading.assemble import write_submission
from autograder.grading.grade import Grader
from autograder.grading.pool import Package, Pool
from autograder.sandbox import Program, Sandbox, SandboxError
from autograder.worker.client import IdleWorker, Worker


@pytest.fixture(scope="session")
def sandbox(real_sandbox: Sandbox) -> Sandbox:
    """A real sandbox, since these tests are about workers that start ahead of time."""
    return real_sandbox


LOADED = b"import sys\ndef loaded():\n    return sorted(sys.modules)\n"


@pytest.fixture
def pool(root: Path, environment: StudentEnvironment, sandbox: Sandbox) -> Iterator[Pool]:
    """A pool of workers on the release."""
    pool = Pool(root / "assignment", environment, sandbox)
    yield pool
    pool.close()


@pytest.fixture
def tree(open_folder: Path) -> Path:
    """A submission that records which modules were loaded before it."""
    return write_submission({"daseCV/layers.py": LOADED}, open_folder)


def contents(folder: Path) -> dict[str, bytes]:
    """The content of every file in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def is_up(waiting: IdleWorker) -> bool:
    """Whether the worker has reported that it is ready."""
    return bool(select.select([waiting.confined._reading], [], [], 0)[0])


def test_the_next_worker_starts_while_one_is_in_use(
    pool: Pool, wait_until: Callable[[Callable[[], bool]], bool]
) -> None:
    pool.take("whole").close()

    assert wait_until(lambda: is_up(pool.waiting["whole"]))


def test_no_worker_is_used_twice(pool: Pool, tree: Path) -> None:
    with Worker(pool.take("whole"), tree) as one, Worker(pool.take("whole"), tree) as two:
        pids = {one._confined.process.pid, two._confined.process.pid}
        assert len(pids | {pool.waiting["whole"].confined.process.pid}) == 3


@pytest.mark.parametrize("package", ["whole", "blanks"])
def test_an_idle_worker_has_only_the_release(pool: Pool, package: Package) -> None:
    pool.take(package).close()
    given = pool.given.whole if package == "whole" else pool.given.blanks

    waiting = pool.waiting[package].folder

    assert contents(waiting) == contents(given)


def test_numpy_and_given_modules_are_loaded_before_a_submission(pool: Pool, tree: Path) -> None:
    with Worker(pool.take("whole"), tree) as worker:
        loaded = worker.call("layers:loaded").result

    assert {"numpy", "daseCV.shapes", "daseCV.fast_layers", "daseCV.im2col_cython"} <= set(loaded)


def test_files_added_after_the_start_are_found_at_once(pool: Pool, tree: Path) -> None:
    for _ in range(10):  # Python may have cached a listing of the folder within the same clock tick
        with Worker(pool.take("whole"), tree) as worker:
            assert worker.call("layers:loaded").result


def test_a_worker_s_folder_is_removed_with_it(pool: Pool, tree: Path) -> None:
    with Worker(pool.take("whole"), tree) as worker:
        folder = worker._waiting.folder
        assert (folder / "daseCV" / "layers.py").read_bytes() == LOADED

    assert not folder.exists()


def test_idle_workers_end_with_the_pool(pool: Pool) -> None:
    pool.take("whole").close()
    waiting = pool.waiting["whole"]

    pool.close()

    assert not waiting.is_running
    assert not waiting.folder.exists()


def test_a_grader_sent_to_another_process_takes_no_workers_along(
    make_grader: Callable[..., Grader],
) -> None:
    grader = make_grader()
    grader.pool.take("whole").close()

    there = pickle.loads(pickle.dumps(grader))

    assert there.checks == grader.checks
    assert not there.pool.waiting
    there.pool.close()


def test_an_idle_worker_that_died_is_replaced(pool: Pool, tree: Path) -> None:
    pool.take("whole").close()
    dead = pool.waiting["whole"]
    dead.confined.process.kill()
    dead.confined.process.wait()

    with Worker(pool.take("whole"), tree) as worker:
        assert worker.call("layers:loaded").result

    assert not dead.folder.exists()


def test_an_idle_worker_is_given_even_if_the_next_cannot_start(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.take("whole").close()

    def refuse(program: Program) -> None:
        raise SandboxError("no more processes")

    monkeypatch.setattr(pool.sandbox, "start", refuse)

    pool.take("whole").close()
    with pytest.raises(SandboxError, match="no more processes"):
        pool.take("whole")
