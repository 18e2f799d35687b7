"""Long work shows progress on stdout and removes it at the end; short work shows nothing."""

import re
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from daseCV import progress
from daseCV.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from daseCV.progress import Bar, patience


@pytest.fixture
def slow_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the clock advance two seconds at each step."""
    seconds = iter(range(0, 10**6, 2))
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)))
    monkeypatch.setattr(progress, "time", clock)


def is_wiped(out: str) -> bool:
    """Whether the last line shows nothing."""
    return out.endswith("\r") and not out.rstrip("\r").rpartition("\r")[2].strip()


def test_short_work_shows_nothing(capfd: pytest.CaptureFixture) -> None:
    with patience("nothing much"), Bar(3, "steps") as step:
        for _ in range(3):
            step()
    eval_numerical_gradient(lambda x: x.sum(), np.ones(50), verbose=False)

    assert capfd.readouterr() == ("", "")


def test_long_work_shows_how_long_it_has_taken(capfd: pytest.CaptureFixture) -> None:
    with patience("naive convolution", after=0.05):
        time.sleep(1.3)

    out, err = capfd.readouterr()
    assert re.findall(r"naive convolution … (\d+) s", out) == ["0", "1"]
    assert is_wiped(out)
    assert err == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
@pytest.mark.parametrize("after", [0.0, 9.0])
def test_errors_are_raised_and_the_thread_ends(
    error: type[BaseException], after: float, capfd: pytest.CaptureFixture
) -> None:
    before = threading.active_count()

    def work() -> None:
        with patience("work", after):
            time.sleep(0.1)
            raise error("stopped")

    started = time.monotonic()
    with pytest.raises(error, match="stopped"):
        work()

    assert threading.active_count() == before
    assert time.monotonic() - started < 30
    out = capfd.readouterr().out
    assert out == "" if after else is_wiped(out)


def test_progress_lines_can_be_nested() -> None:
    before = threading.active_count()

    with patience("outer", 5.0), patience("inner", 5.0):
        assert threading.active_count() == before + 2

    assert threading.active_count() == before


@pytest.mark.usefixtures("slow_steps")
def test_a_long_gradient_check_shows_a_bar_and_removes_it(capfd: pytest.CaptureFixture) -> None:
    x = np.arange(4.0)

    grad = eval_numerical_gradient_array(lambda x: x**2, x, np.ones(4))

    out, err = capfd.readouterr()
    np.testing.assert_allclose(grad, 2 * x, atol=1e-9)
    assert "numerical gradient:" in out
    assert "1/4" in out
    assert is_wiped(out)
    assert err == ""


@pytest.mark.usefixtures("slow_steps")
def test_a_bar_is_removed_when_the_work_fails(capfd: pytest.CaptureFixture) -> None:
    def steps() -> None:
        with Bar(9, "steps") as step:
            step()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps()

    out, err = capfd.readouterr()
    assert "1/9" in out
    assert is_wiped(out)
    assert err == ""


def test_a_step_takes_almost_no_time() -> None:
    with Bar(20_000, "steps") as step:
        started = time.process_time()
        for _ in range(20_000):
            step()
        seconds = time.process_time() - started

    assert seconds / 20_000 < 5e-6  # measured: 0.1 microseconds; a numerical gradient's entry: 4


def test_a_bar_reaches_its_total(slow_steps: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 10.0)  # the last steps come between two updates
    with Bar(7, "steps") as step:
        for _ in range(7):
            step()

    assert step.bar.n == step.bar.total == 7
