"""The fast layers beside PyTorch, in one run: medians of interleaved pairs, as a Markdown table.

    python benchmarks/fast_layers.py --threads 1
    python benchmarks/fast_layers.py --threads 2 --pairs 41

Each pair runs both once, one after the other, so that a machine whose speed drifts changes both
alike; the ratio is PyTorch's time over ours, pair by pair, and its quartiles say how noisy the
machine was. Needs `pip install torch==2.13.0`. It compares with PyTorch as it comes; channels-last
and whole training steps are not measured here.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

# name, x, w, stride, pad
CONVOLUTIONS = [
    ("course's cell", (100, 3, 31, 31), (25, 3, 3, 3), 2, 1),
    ("course's network", (50, 3, 32, 32), (32, 3, 7, 7), 1, 3),
    ("middle layer", (50, 32, 16, 16), (64, 32, 3, 3), 1, 1),
    ("large image", (2, 3, 512, 512), (16, 3, 5, 5), 1, 2),
    ("odd", (8, 5, 33, 47), (7, 5, 3, 5), 2, 1),
]
POOLINGS = [("course's cell", (100, 3, 32, 32)), ("course's network", (50, 32, 32, 32))]
DTYPES = (np.float32, np.float64)

Case = tuple[str, str, Callable[[], object], Callable[[], object]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=31)
    arguments = parser.parse_args()
    wanted = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(arguments.threads))
    if not wanted.items() <= os.environ.items():  # libraries read these when they are loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)

    import torch

    torch.set_num_threads(arguments.threads)
    peak = gemm_peak()
    print(f"{arguments.threads} thread(s), {arguments.pairs} pairs, PyTorch {torch.__version__};")
    print(f"float32 matrix products of NumPy reach {peak:.0f} GFLOP/s here\n")
    print("| layer | dtype | ours (ms) | PyTorch (ms) | ratio | quartiles |")
    print("|---|---|---|---|---|---|")
    for name, dtype, ours, theirs in cases():
        mine, other = paired(ours, theirs, arguments.pairs)
        ratio = other / mine
        low, high = np.quantile(ratio, (0.25, 0.75))
        print(
            f"| {name} | {dtype} | {1e3 * np.median(mine):.3f} | {1e3 * np.median(other):.3f} "
            f"| {np.median(ratio):.2f} | {low:.2f} to {high:.2f} |"
        )


def cases() -> Iterator[Case]:
    """Every layer with what to run on both sides; both have the same numbers."""
    import torch
    from torch.nn import functional

    from daseCV import fast_layers

    rng = np.random.default_rng(0)
    for name, x_shape, w_shape, stride, pad in CONVOLUTIONS:
        for dtype in DTYPES:
            x, w = (rng.standard_normal(shape).astype(dtype) for shape in (x_shape, w_shape))
            b = np.zeros(len(w), dtype)
            param = {"stride": stride, "pad": pad}
            out, cache = fast_layers.conv_forward_fast(x, w, b, param)
            dout = rng.standard_normal(out.shape).astype(dtype)
            leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
            graph = functional.conv2d(*leaves, stride=stride, padding=pad)
            torch_dout = torch.from_numpy(dout)
            plain = [leaf.detach() for leaf in leaves]
            yield (
                f"conv forward, {name}",
                np.dtype(dtype).name,
                lambda: fast_layers.conv_forward_fast(x, w, b, param),
                lambda: functional.conv2d(*plain, stride=stride, padding=pad),
            )
            yield (
                f"conv backward, {name}",
                np.dtype(dtype).name,
                lambda: fast_layers.conv_backward_fast(dout, cache),
                lambda: torch.autograd.grad(graph, leaves, torch_dout, retain_graph=True),
            )
    param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    for name, x_shape in POOLINGS:
        for dtype in DTYPES:
            x = rng.standard_normal(x_shape).astype(dtype)
            out, cache = fast_layers.max_pool_forward_fast(x, param)
            leaf = torch.from_numpy(x).requires_grad_()
            graph, torch_dout = functional.max_pool2d(leaf, 2), torch.from_numpy(out)
            detached = leaf.detach()
            yield (
                f"pool forward, {name}",
                np.dtype(dtype).name,
                lambda: fast_layers.max_pool_forward_fast(x, param),
                lambda: functional.max_pool2d(detached, 2),
            )
            yield (
                f"pool backward, {name}",
                np.dtype(dtype).name,
                lambda: fast_layers.max_pool_backward_fast(out, cache),
                lambda: torch.autograd.grad(graph, leaf, torch_dout, retain_graph=True),
            )


def paired(
    ours: Callable[[], object], theirs: Callable[[], object], pairs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of both in each pair, after three pairs that do not count."""
    times = np.empty((pairs + 3, 2))
    for pair in times:
        for side, run in enumerate((ours, theirs)):
            start = time.perf_counter()
            run()
            pair[side] = time.perf_counter() - start
    return times[3:, 0], times[3:, 1]


def gemm_peak(size: int = 1500) -> float:
    """GFLOP/s of the best of five large float32 matrix products."""
    a = np.ones((size, size), np.float32)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        seconds.append(time.perf_counter() - start)
    return 2e-9 * size**3 / min(seconds)


if __name__ == "__main__":
    main()
