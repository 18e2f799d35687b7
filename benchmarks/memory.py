"""Peak memory of one convolution, forward and backward, on 50 images of 224x224, as JSON.

    python benchmarks/memory.py

Each side runs in its own process; the peak is measured above the level with the inputs.
"""

import json
import resource
import subprocess
import sys

import numpy as np

SHAPES = (50, 3, 224, 224), (32, 3, 3, 3)


def main() -> None:
    """Start both sides and print their peaks."""
    if len(sys.argv) > 1:
        return print(measure_peak(sys.argv[1]))
    result = {}
    for side in ("ours", "PyTorch"):
        output = subprocess.run(
            [sys.executable, __file__, side], capture_output=True, text=True, check=True
        ).stdout
        result[side] = float(output.splitlines()[-1])
    print(json.dumps(result))


def measure_peak(side: str) -> float:
    """Measure the peak of forward and backward in MiB, outputs and gradients included."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, dtype=np.float32) for shape in SHAPES)
    b = np.zeros(len(w), np.float32)
    run = run_dasecv if side == "ours" else run_pytorch
    run(x[:1], w, b)  # so that loading libraries does not count
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(x, w, b)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def run_dasecv(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> object:
    from daseCV.fast_layers import conv_backward_fast, conv_forward_fast

    out, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    return conv_backward_fast(np.ones_like(out), cache)


def run_pytorch(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> object:
    import torch

    leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
    out = torch.nn.functional.conv2d(*leaves, padding=1)
    return torch.autograd.grad(out, leaves, torch.ones_like(out))


if __name__ == "__main__":
    main()
