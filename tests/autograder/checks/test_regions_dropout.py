"""The check of a dropout pass notices a gross fault in any region of its inputs."""

from pathlib import Path

import pytest
from support.local import local_worker, lost
from support.planted import every_nth

BOTH = (
    *("x.ndim == 1", "x.ndim == 2", "x.ndim == 3", "x.ndim == 4", "p < 0.1", "p > 0.9", "p == 1"),
    *("p == 0.5", "x.dtype == np.float32", "not x.flags.c_contiguous", "len(x) == 1"),
    "x.size > 1000",
)
VALUES = ("abs(x).max() > 100", "abs(x).max() < 1e-3", "(x > 0).all()", "(x < 0).all()")
GRADIENTS = ("abs(dout).max() > 20", "abs(dout).max() < 1e-2", "(dout == 0).mean() > 0.2")
CASES = [
    *(
        (f"dropout_{way}ward", f"{c} and {m}")
        for way in ("for", "back")
        for c in BOTH
        for m in "01"
    ),
    *(("dropout_forward", f"{c} and {m}") for c in VALUES for m in "01"),
    *(("dropout_backward", f"{c} and train") for c in GRADIENTS),
    *(("dropout_forward", region) for region in ("param.get('seed') == 0", "'seed' in param")),
]
FAULT = """

forward, backward, calls = dropout_forward, dropout_backward, {{}}


def spoil(result, x, param, dout=None):
    train, p = param["mode"] == "train", param["p"]
    if not ({region}):
        return result
    return result * np.random.uniform(2, 3) + 1


def dropout_forward(x, param):
    out, cache = forward(x, param)
    calls[id(cache)] = x, param, cache
    return {forward}, cache


def dropout_backward(dout, cache):
    x, param, _ = calls[id(cache)]
    dx = backward(dout, cache)
    return {backward}
"""
SPOILED = {"forward": "spoil(out, x, param)", "backward": "spoil(dx, x, param, dout)"}


@pytest.mark.parametrize(("name", "region"), every_nth(6, CASES))
def test_a_fault_of_dropout_in_a_region_is_noticed(root: Path, name: str, region: str) -> None:
    way = name.removeprefix("dropout_")
    region = region.replace(" and 0", " and not train").replace(" and 1", " and train")
    parts = {"forward": "out", "backward": "dx", way: SPOILED[way]}
    solved = (root / "daseCV" / "layers.py").read_text(encoding="utf-8")
    source = solved + FAULT.format(region=region, **parts)

    with local_worker(root, {"layers.py": source}) as worker:
        assert lost(worker, name)
