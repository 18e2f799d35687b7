"""The compiled kernels give the same results on any number of threads and at any vector width."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("daseCV.im2col_cython", reason="the compiled kernels have not been built")

# Large enough to be shared among threads, with a rest in every direction; prints a few sums.
PROGRAM = """
import json
import numpy as np
from daseCV import fast_layers, im2col_cython

rng = np.random.default_rng(0)
x, w = rng.standard_normal((7, 5, 41, 37)), rng.standard_normal((6, 5, 5, 3))
b = rng.standard_normal(6)
sums = []
for dtype in (np.float64, np.float32):
    for stride, pad in ((1, 2), (2, 1)):
        arguments = [array.astype(dtype) for array in (x, w, b)]
        out, cache = fast_layers.conv_forward_fast(*arguments, {"stride": stride, "pad": pad})
        dout = np.cos(np.arange(out.size)).reshape(out.shape).astype(dtype)
        results = [out, *fast_layers.conv_backward_fast(dout, cache)]
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": stride}
        pooled, cache = fast_layers.max_pool_forward_fast(out, pool_param)
        results += [pooled, fast_layers.max_pool_backward_fast(pooled, cache)]
        for array in results:
            weights = np.sin(np.arange(array.size)).reshape(array.shape)
            sums.append(float((array * weights).sum()))
print(json.dumps([im2col_cython.level, sums]))
"""


def run(**environment: str) -> tuple[str, np.ndarray]:
    """The vector level used and the program's sums, in a process with these variables set."""
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise ImportError(process.stderr)
    level, sums = json.loads(process.stdout.splitlines()[-1])
    return level, np.array(sums)


def test_two_threads_give_what_one_gives() -> None:
    _, one = run(OMP_NUM_THREADS="1")
    _, two = run(OMP_NUM_THREADS="2")

    np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(two[:12], one[:12], rtol=1e-9, atol=1e-9)  # float64


@pytest.mark.parametrize("level", ["avx512", "avx2", "base"])
def test_each_vector_width_gives_what_the_widest_gives(level: str) -> None:
    _, widest = run()
    try:
        used, sums = run(DASECV_SIMD=level)
    except ImportError as error:
        pytest.skip(str(error).strip().splitlines()[-1])

    assert used == level
    np.testing.assert_allclose(sums[:12], widest[:12], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums, widest, rtol=1e-3, atol=1e-3)


def test_an_unknown_vector_width_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ImportError, match="expected 'avx512', 'avx2' or 'base'"):
        run(DASECV_SIMD="mmx")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_forked_after_a_convolution_can_convolve() -> None:
    program = """
import os
import numpy as np
from daseCV.fast_layers import conv_forward_fast

arguments = np.ones((8, 8, 40, 40)), np.ones((8, 8, 5, 5)), np.zeros(8), {"stride": 1, "pad": 2}
here = conv_forward_fast(*arguments)[0].sum()
if os.fork() == 0:
    os._exit(0 if conv_forward_fast(*arguments)[0].sum() == here else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    process = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert process.stdout.splitlines()[-1] == "0"
