"""Shared by benchmarks: numbers of threads, fair rounds, a processor's peak."""

import os
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

REST = 0.01  # seconds; waiting threads of GNU's OpenMP spin for a few milliseconds

Run = Callable[[], object]


def restart_with_threads(threads: int, blas_threads: int) -> None:
    """Restart this script with so many threads, unless it has them; libraries ask only once."""
    wanted = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(blas_threads)}
    if not wanted.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)


def time_call(run: Run) -> float:
    """Time a call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure_rounds(runs: Sequence[Run], count: int) -> np.ndarray:
    """Time runs in rounds; seconds have the shape (count, len(runs)).

    In a round all run, one after the other, so a drift of the machine's speed affects all of them,
    and ratios within a round hold. Each waits until the previous run's threads sleep, which would
    otherwise spin on the same processors. It runs twice, and the second run counts, since training
    repeats it too.
    """

    def time_rested(run: Run) -> float:
        time.sleep(REST)
        run()
        return time_call(run)

    return np.array([[time_rested(run) for run in runs] for _ in range(count)])


def gemm_peak(dtype: type, size: int = 1500) -> float:
    """GFLOP/s of the best of five products of large squares: what the processor can do now."""
    a: np.ndarray = np.ones((size, size), dtype)
    return 2e-9 * size**3 / min(time_call(lambda: a @ a) for _ in range(5))
