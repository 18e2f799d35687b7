"""The course's speed table: the fast layers beside the reference's naive ones, as JSON.

python benchmarks/naive.py
"""

import json

import numpy as np
from measure import restart_with_threads, time_call

from daseCV import fast_layers, layers

REPEATS = 9  # of the fast layer; the naive one runs once


def main() -> None:
    """Print how many times faster each layer is, on the inputs of the course's cells."""
    restart_with_threads(2, blas_threads=1)
    rng = np.random.default_rng(231)
    x, w = rng.standard_normal((100, 3, 31, 31)), rng.standard_normal((25, 3, 3, 3))
    conv_param = {"stride": 2, "pad": 1}
    out, cache = fast_layers.conv_forward_fast(x, w, np.zeros(25), conv_param)
    image = rng.standard_normal((100, 3, 32, 32))
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    pooled, pool_cache = fast_layers.max_pool_forward_fast(image, pool_param)
    arguments = {
        "conv_forward": (x, w, np.zeros(25), conv_param),
        "conv_backward": (out, cache),
        "max_pool_forward": (image, pool_param),
        "max_pool_backward": (pooled, pool_cache),
    }
    for name, given in arguments.items():
        naive, fast = getattr(layers, f"{name}_naive"), getattr(fast_layers, f"{name}_fast")
        slow = time_call(lambda: naive(*given))
        quick = float(np.median([time_call(lambda: fast(*given)) for _ in range(REPEATS)]))
        print(json.dumps({"layer": name, "naive_ms": 1e3 * slow, "fast_ms": 1e3 * quick}))


if __name__ == "__main__":
    main()
