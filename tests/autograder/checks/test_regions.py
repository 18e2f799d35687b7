"""A blank's own check notices a gross fault in any region of its documented inputs.

The reference answers, except for nonsense where a condition on its arguments holds.
"""

from pathlib import Path

import pytest
from support.local import local_worker, lost
from support.planted import as_function_body, every_nth

BEFORE: dict[str, str] = {
    "affine_forward": "x, w, b = given",
    "relu_forward": "(x,) = given",
    "conv_forward_naive": """
        x, w, b, p = given
        (N, C, H, W), (F, _, HH, WW), s, pad = x.shape, w.shape, p["stride"], p["pad"]
        rest_h, rest_w = (H + 2 * pad - HH) % s, (W + 2 * pad - WW) % s
        out_h, out_w = 1 + (H + 2 * pad - HH) // s, 1 + (W + 2 * pad - WW) // s
        """,
    "max_pool_forward_naive": """
        x, p = given
        (N, C, H, W), HH, WW, s = x.shape, p["pool_height"], p["pool_width"], p["stride"]
        rest = (H - HH) % s or (W - WW) % s
        """,
    "softmax_loss": "x, y = given\nN, C = x.shape",
    "svm_loss": "x, y = given\nN, C = x.shape",
    "layernorm_forward": "x, gamma, beta, p = given\nN, D = x.shape\neps = p.get('eps', 1e-5)",
    "batchnorm_forward": """
        x, gamma, beta, p = given
        (N, D), train = x.shape, p["mode"] == "train"
        eps, momentum = p.get("eps", 1e-5), p.get("momentum", 0.9)
        """,
    "spatial_batchnorm_forward": """
        x, gamma, beta, p = given
        (N, C, H, W), eps, momentum = x.shape, p.get("eps", 1e-5), p.get("momentum", 0.9)
        """,
    "spatial_groupnorm_forward": "x, gamma, beta, G, p = given\nN, C, H, W = x.shape",
    "rmsprop": "w, dw, config = given if len(given) == 3 else (*given, None)\nc = config or {}",
    "adam": "w, dw, config = given if len(given) == 3 else (*given, None)\nc = config or {}",
}
NORMALISED = (
    *("x.dtype == np.float32", "(gamma < 0).any()", "(gamma == 0).all()", "(gamma == 1).all()"),
    *("x.std() < 0.2", "abs(x.mean()) > 100", "(beta == 0).all()"),
)
REGIONS: dict[str, tuple[str, ...]] = {
    "affine_forward": (
        *("x.ndim == 6", "len(x) > 6", "w.shape[1] > 6", "len(w) > 30", "x.dtype != w.dtype"),
        *("not w.flags.c_contiguous", "(x == np.round(x)).all()", "(abs(x) > 10).any()"),
        *("np.isnan(x).any()", "len(x) == 1", "w.shape[1] == 1", "x.dtype == np.float32"),
    ),
    "relu_forward": (
        *("x.ndim == 1", "x.ndim == 6", "x.size == 1", "(x > 0).all()", "(x < 0).all()"),
        *("0 < abs(x).max() < 1e-7", "abs(x).max() > 100", "x.dtype == np.float32", "len(x) > 20"),
    ),
    "conv_forward_naive": (
        *("C > 3", "F > 4", "N > 3", "s > 3", "pad > 3", "HH > 4", "WW > 4", "C == 1", "F == 1"),
        *("s > HH and s > WW", "s > HH or s > WW", "pad >= HH and pad >= WW", "HH > H or WW > W"),
        *("H > 9 or W > 9", "H > 17 or W > 17", "out_h == out_w == 1", "out_h == 1", "out_w > 9"),
        *("HH == WW == 1 and s > 1", "HH == WW == 1 and pad > 0", "rest_h > pad", "rest_w > pad"),
        *("rest_h and not pad", "0 < rest_h <= pad", "s == 2 and pad == 0", "x.dtype != w.dtype"),
        *("x.dtype == np.float32 and s > 1", "not w.flags.c_contiguous", "HH == 3 and WW == 3"),
    ),
    "max_pool_forward_naive": (
        *("C > 3", "N > 3", "HH > 4", "WW > 3", "s > 3", "s > HH and s > WW", "H > 9 or W > 9"),
        *("s < HH and s < WW", "HH == WW == s == 2 and rest", "(x < -100).all()", "HH == WW == 1"),
        *("HH == WW == 3 and s == 2", "rest", "x.dtype == np.float32", "len(np.unique(x)) == 1"),
    ),
    "softmax_loss": (
        *("N == 1", "C > 9", "C == 1", "C == 2", "N > 1 and len(set(y.tolist())) == 1", "N > 20"),
        *("y.dtype == np.int32", "y.dtype.kind == 'u'", "(x < 0).all()", "abs(x).max() < 0.1"),
        *("abs(x[:, 0] - x[:, -1]).max() == 0 and C > 1", "x.dtype == np.float32", "x.max() > 100"),
        "(x.max(axis=1) - x[np.arange(N), y]).max() > 700",
    ),
    "svm_loss": (
        *("N == 1", "C > 9", "C == 2", "N > 1 and len(set(y.tolist())) == 1", "N > 20"),
        *("y.dtype == np.int32", "y.dtype.kind == 'u'", "(x.max(1) - x.min(1)).max() > 100"),
    ),
    "layernorm_forward": (
        *("N == 1", "D == 1", "D == 2", "eps < 1e-6", "eps > 0.01", "'mode' in p", "D > 9"),
        *("N > 12", *NORMALISED),
    ),
    "batchnorm_forward": (
        *("N == 1 and train", "N == 1 and not train", "N == 2", "train and 'running_mean' in p"),
        *("not train and 'running_mean' not in p", "momentum == 0", "momentum == 1", "D > 9"),
        *("0.95 < momentum < 1", "eps < 1e-6", "(x.var(axis=0) == 0).any()", "N > 12", "D == 1"),
        *("not train and eps > 0.01", *NORMALISED),
    ),
    "spatial_batchnorm_forward": (
        *("N == 1", "C > 4", "C == 1", "H == W", "H > 5", "N > 4", "momentum == 0", "H == W == 1"),
        *("eps < 1e-6", "momentum == 0.9 and eps > 0.01", "'running_mean' in p", *NORMALISED),
    ),
    "spatial_groupnorm_forward": (
        *("C > 6", "G > 4", "G > 1 and C // G > 3", "H == W == 1", "N > 3", "N == 1 and G > 1"),
        *("G == 1", "G == C", "C == 1", *NORMALISED),
    ),
    "rmsprop": (
        *("c.get('decay_rate') == 0", "abs(dw).max() > 10", "0 < abs(dw).max() < 1e-6"),
        *(
            "(dw == 0).all()",
            "config is None",
            "w.dtype == np.float32",
            "w.ndim == 4",
            "w.ndim == 1",
        ),
    ),
    "adam": (
        *("c.get('t', 0) > 254", "c.get('t', 0) > 50", "abs(dw).max() > 10", "(dw == 0).all()"),
        *("0 < abs(dw).max() < 1e-6", "config is None", "c.get('beta1') == 0", "w.ndim == 4"),
    ),
}
# Kinds of upstream gradients.
GRADIENTS = (
    *("dout.dtype == np.float32", "abs(dout).max() > 20", "0 < abs(dout).max() < 1e-2"),
    *("(dout > 0).all() and dout.size > 3", "(dout < 0).all() and dout.size > 3"),
    *("dout.size > 9 and (dout == 0).mean() > 0.2", "not dout.flags.c_contiguous"),
)
FORWARD_OF = {
    **{f"{name}_backward": f"{name}_forward" for name in ("affine", "relu", "layernorm")},
    **{f"{name}_backward_naive": f"{name}_forward_naive" for name in ("conv", "max_pool")},
    **{f"batchnorm_backward{alt}": "batchnorm_forward" for alt in ("", "_alt")},
    "spatial_batchnorm_backward": "spatial_batchnorm_forward",
    "spatial_groupnorm_backward": "spatial_groupnorm_forward",
}
OF_FORWARD_ONLY = ("not train", "momentum", "running")


def forward_fault(name: str, region: str) -> str:
    """Code of a function that answers nonsense in a region of its arguments."""
    return f"""

honest = {name}


def {name}(*given):
{as_function_body(BEFORE[name])}
    is_wrong = {region}
    out, other = honest(*given)
    return (out * 3 + 1 if is_wrong else out), other
"""


def backward_fault(name: str, region: str) -> str:
    """Code of a backward pass that answers nonsense in a region of its forward pass's arguments."""
    forward = FORWARD_OF[name]
    return f"""

honest, honest_forward, calls = {name}, {forward}, {{}}


def {forward}(*given):
    out, cache = honest_forward(*given)
    calls[id(cache)] = given, cache
    return out, cache


def {name}(dout, cache):
    given = calls[id(cache)][0]
{as_function_body(BEFORE[forward])}
    is_wrong = {region}
    grads = honest(dout, cache)
    if not is_wrong:
        return grads
    return tuple(g * 3 + 1 for g in grads) if isinstance(grads, tuple) else grads * 3 + 1
"""


def source_with(root: Path, name: str, fault: str) -> dict[str, str]:
    file = "layers.py" if name not in ("adam", "rmsprop") else "optim.py"
    return {file: (root / "daseCV" / file).read_text(encoding="utf-8") + fault}


@pytest.mark.parametrize(
    ("name", "region"),
    every_nth(6, [(name, region) for name, regions in REGIONS.items() for region in regions]),
)
def test_a_fault_in_a_region_is_noticed(root: Path, name: str, region: str) -> None:
    with local_worker(root, source_with(root, name, forward_fault(name, region))) as worker:
        assert lost(worker, name)


@pytest.mark.parametrize(
    ("name", "region"),
    every_nth(
        12,
        [
            (name, region)
            for name, forward in FORWARD_OF.items()
            for region in (*REGIONS[forward], *GRADIENTS)
            if not any(word in region for word in OF_FORWARD_ONLY)
        ],
    ),
)
def test_a_fault_of_a_backward_pass_in_a_region_is_noticed(
    root: Path, name: str, region: str
) -> None:
    with local_worker(root, source_with(root, name, backward_fault(name, region))) as worker:
        assert lost(worker, name)
