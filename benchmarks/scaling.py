"""How the time of a convolution, forward and backward, grows with N, C, F and the image, as JSON.

python benchmarks/scaling.py
"""

import json
from collections.abc import Callable

import numpy as np
from measure import measure_rounds, restart_with_threads

from daseCV.fast_layers import conv_backward_fast, conv_forward_fast

BASE = {"N": 8, "C": 8, "F": 16, "H": 32}  # images of H x H, filters 3x3, pad 1
FACTORS = (1, 2, 4, 8)


def main() -> None:
    """Print times for multiples of each size; the image's size is its number of pixels."""
    restart_with_threads(1, blas_threads=1)
    for name in BASE:
        sizes = [BASE | {name: BASE[name] * factor} for factor in FACTORS]
        # twice the height is twice the width and four times the pixels
        factors = [factor**2 if name == "H" else factor for factor in FACTORS]
        times = measure_rounds([prepare_convolution(**size) for size in sizes], 9)
        print(
            json.dumps(
                {"size": name, "factors": factors, "ms": (1e3 * np.median(times, 0)).tolist()}
            )
        )


def prepare_convolution(N: int, C: int, F: int, H: int) -> Callable[[], object]:
    """Prepare forward and backward."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(s, dtype=np.float32) for s in ((N, C, H, H), (F, C, 3, 3)))
    b = np.zeros(F, np.float32)

    def run() -> None:
        out, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
        conv_backward_fast(out, cache)

    return run


if __name__ == "__main__":
    main()
