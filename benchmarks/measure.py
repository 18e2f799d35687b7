"""What the benchmarks share: threads, fair rounds, a processor's peak. Measures nothing itself."""

import os
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

REST = 0.01  # seconds; waiting threads of GNU's OpenMP spin for a few milliseconds

Run = Callable[[], object]


def restart_with_threads(threads: int, blas_threads: int) -> None:
    """Start this script again with so many threads, unless it has them: libraries ask only once."""
    wanted = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(blas_threads)}
    if not wanted.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)


def seconds(run: Run) -> float:
    """Time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def rounds(runs: Sequence[Run], count: int) -> np.ndarray:
    """Seconds, shape (count, len(runs)): in each round all run, one after the other.

    So a machine whose speed drifts changes all of them alike, and ratios within a round hold. Each
    waits until the threads of the one before sleep, which otherwise spin on the same processors,
    and runs twice, of which the second counts: as in training, where it is not the first, either.
    """

    def settled(run: Run) -> float:
        time.sleep(REST)
        run()
        return seconds(run)

    return np.array([[settled(run) for run in runs] for _ in range(count)])


def gemm_peak(dtype: type, size: int = 1500) -> float:
    """GFLOP/s of the best of five products of large squares: what the processor can do now."""
    a: np.ndarray = np.ones((size, size), dtype)
    return 2e-9 * size**3 / min(seconds(lambda: a @ a) for _ in range(5))
