"""The fast layers beside PyTorch, in one run: medians of interleaved rounds, as JSON.

    python benchmarks/fast_layers.py --threads 1
    python benchmarks/fast_layers.py --threads 2 --rounds 41

A ratio is PyTorch's time over daseCV's, round by round; its quartiles say how noisy the machine
was. PyTorch runs with its default order and with images and weights in channels-last order.
Needs `pip install torch==2.13.0`. `make bench` runs it and writes docs/benchmarks.md.
"""

import argparse
import json
from itertools import chain
from typing import Any

import daseCV  # isort: skip  # noqa: F401  (before NumPy, as in notebooks: OpenBLAS's threads rest)
import numpy as np
from measure import Run, gemm_peak, measure_rounds, restart_with_threads

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

Shape = tuple[int, ...]
Case = dict[str, Any]  # layer, workload, dtype, gflop, runs: daseCV, PyTorch, PyTorch channels-last


def main() -> None:
    """Print a JSON object for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    restart_with_threads(arguments.threads, blas_threads=arguments.threads)

    import torch

    torch.set_num_threads(arguments.threads)
    cases = [prepare_convolution(*sizes, dtype) for sizes in CONVOLUTIONS for dtype in DTYPES]
    cases += [prepare_pooling(*sizes, dtype) for sizes in POOLINGS for dtype in DTYPES]
    for case in chain.from_iterable(cases):
        peak = gemm_peak(np.dtype(case["dtype"]).type) if case["gflop"] else np.inf
        times = measure_rounds(case.pop("runs"), arguments.rounds)
        ratios = times[:, 1:] / times[:, :1]
        case |= {
            "threads": arguments.threads,
            "ms": (1e3 * np.median(times, axis=0)).tolist(),
            "ratio": np.median(ratios, axis=0).tolist(),
            "quartiles": np.quantile(ratios[:, 0], (0.25, 0.75)).tolist(),
            "of_peak": case["gflop"] / np.median(times[:, 0]) / peak,
        }
        print(json.dumps(case), flush=True)


def prepare_convolution(
    workload: str, x_shape: Shape, w_shape: Shape, stride: int, pad: int, dtype: type
) -> list[Case]:
    """Prepare forward and backward of a workload, with the same numbers for all libraries."""
    import torch
    from torch.nn import functional

    from daseCV.fast_layers import conv_backward_fast, conv_forward_fast

    rng = np.random.default_rng(0)
    x: np.ndarray = rng.standard_normal(x_shape).astype(dtype)
    w: np.ndarray = rng.standard_normal(w_shape).astype(dtype)
    b: np.ndarray = np.zeros(len(w), dtype)
    param = {"stride": stride, "pad": pad}
    out, cache = conv_forward_fast(x, w, b, param)
    dout: np.ndarray = rng.standard_normal(out.shape).astype(dtype)

    def torch_runs(order: torch.memory_format) -> tuple[Run, Run]:
        plain = [torch.from_numpy(a).to(memory_format=order) for a in (x, w)]
        plain.append(torch.from_numpy(b))
        leaves = [a.clone().requires_grad_() for a in plain]
        graph = functional.conv2d(*leaves, stride=stride, padding=pad)
        gradient = torch.from_numpy(dout).to(memory_format=order)
        return (
            lambda: functional.conv2d(*plain, stride=stride, padding=pad),
            lambda: torch.autograd.grad(graph, leaves, gradient, retain_graph=True),
        )

    stock, best = torch_runs(torch.contiguous_format), torch_runs(torch.channels_last)
    forward: list[Run] = [lambda: conv_forward_fast(x, w, b, param), stock[0], best[0]]
    backward: list[Run] = [lambda: conv_backward_fast(dout, cache), stock[1], best[1]]
    case = {"workload": workload, "dtype": np.dtype(dtype).name}
    gflop = 2e-9 * out.size * w[0].size
    return [
        case | {"layer": "conv forward", "gflop": gflop, "runs": forward},
        case | {"layer": "conv backward", "gflop": 2 * gflop, "runs": backward},
    ]


def prepare_pooling(workload: str, x_shape: Shape, dtype: type) -> list[Case]:
    """Prepare forward and backward of 2x2 windows with stride 2."""
    import torch
    from torch.nn import functional

    from daseCV.fast_layers import max_pool_backward_fast, max_pool_forward_fast

    x: np.ndarray = np.random.default_rng(0).standard_normal(x_shape).astype(dtype)
    param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    out, cache = max_pool_forward_fast(x, param)

    def torch_runs(order: torch.memory_format) -> tuple[Run, Run]:
        plain = torch.from_numpy(x).to(memory_format=order)
        leaf = plain.clone().requires_grad_()
        graph = functional.max_pool2d(leaf, 2)
        gradient = torch.from_numpy(out).to(memory_format=order)
        return (
            lambda: functional.max_pool2d(plain, 2),
            lambda: torch.autograd.grad(graph, leaf, gradient, retain_graph=True),
        )

    stock, best = torch_runs(torch.contiguous_format), torch_runs(torch.channels_last)
    forward: list[Run] = [lambda: max_pool_forward_fast(x, param), stock[0], best[0]]
    backward: list[Run] = [lambda: max_pool_backward_fast(out, cache), stock[1], best[1]]
    case = {"workload": workload, "dtype": np.dtype(dtype).name, "gflop": 0.0}
    return [
        case | {"layer": "pool forward", "runs": forward},
        case | {"layer": "pool backward", "runs": backward},
    ]


if __name__ == "__main__":
    main()
