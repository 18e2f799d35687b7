"""Checks notice a gross fault in any region of the arguments of a network or its loss."""

from pathlib import Path

import pytest
from support.local import local_worker, lost
from support.planted import every_nth

BATCHES = (
    *("len(X) == 1", "len(X) > 6", "self.reg > 1", "0 < self.reg < 0.1", "self.reg == 0"),
    *("X.dtype == np.float32", "len(labels) > 1 and len(set(labels)) == 1", "calls == 2"),
    *("calls == 3", "X.ndim > 3", "abs(X).max() > 20", "abs(X).max() < 0.1"),
    *("(X == np.round(X)).all()", "not X.flags.c_contiguous"),
)
TWO_LAYERS = (
    *("P['b2'].size > 10", "P['b2'].size == 2", "P['b1'].size > 9", "P['b1'].size == 1"),
    *("X.ndim == 2", *BATCHES),
)
DEPTHS = (
    *("X.ndim == 2", "self.num_layers == 2", "self.num_layers > 4", "self.num_layers == 3"),
    *("P['b1'].size > 8", "P[f'b{self.num_layers}'].size > 10", *BATCHES),
)
IMAGES = (
    *("X.shape[2] % 2", "X.shape[3] % 2", "X.shape[2] == X.shape[3]", "X.shape[1] > 3"),
    *("len(P['W1']) > 4", "P['W1'].shape[2] == 7", "P['W1'].shape[2] == 1", "P['b3'].size > 10"),
    *("P['W1'].dtype == np.float32", *BATCHES),
)
# Check, class, a further condition, the fault, and the regions.
LOSSES = [
    ("two_layer_net", "TwoLayerNet", "True", "first", TWO_LAYERS),
    ("two_layer_net", "TwoLayerNet", "True", "grads", TWO_LAYERS),
    (
        "fully_connected_net",
        "FullyConnectedNet",
        "True",
        "first",
        (*DEPTHS, "self.num_layers == 1"),
    ),
    (
        "fully_connected_net",
        "FullyConnectedNet",
        "True",
        "grads",
        (*DEPTHS, "self.num_layers == 1"),
    ),
    ("batchnorm_net", "FullyConnectedNet", "self.normalization == 'batchnorm'", "first", DEPTHS),
    ("batchnorm_net", "FullyConnectedNet", "self.normalization == 'batchnorm'", "grads", DEPTHS),
    ("layernorm_net", "FullyConnectedNet", "self.normalization == 'layernorm'", "first", DEPTHS),
    ("layernorm_net", "FullyConnectedNet", "self.normalization == 'layernorm'", "grads", DEPTHS),
    ("dropout_net", "FullyConnectedNet", "self.use_dropout", "first", DEPTHS),
    ("dropout_net", "FullyConnectedNet", "self.use_dropout", "grads", DEPTHS),
    ("cnn_loss", "ThreeLayerConvNet", "True", "first", IMAGES),
    ("cnn_gradients", "ThreeLayerConvNet", "True", "grads", IMAGES),
]
MADE = ("a['weight_scale'] > 0.1", "a['weight_scale'] < 2e-3", "a['num_classes'] > 10")
DEFAULTS = "set(given) <= {'self', 'hidden_dims'}"
DEEP = (
    *("a['reg'] > 0", "a['dtype'] == np.float64", "a['dtype'] == np.float32", *MADE),
    *("len(a['hidden_dims']) > 2", "a['seed'] is not None", "a['dropout'] < 1"),
)
STARTS = [
    ("two_layer_net", "TwoLayerNet", "True", "Wb", (DEFAULTS, "a['reg'] > 0", *MADE)),
    (
        "fully_connected_net",
        "FullyConnectedNet",
        "a['normalization'] is None",
        "Wb",
        (DEFAULTS, *DEEP),
    ),
    ("batchnorm_net", "FullyConnectedNet", "a['normalization'] == 'batchnorm'", "Wbg", DEEP),
    ("layernorm_net", "FullyConnectedNet", "a['normalization'] == 'layernorm'", "Wbg", DEEP),
    (
        *("cnn_loss", "ThreeLayerConvNet", "True", "Wb"),
        (
            *(DEFAULTS, "a['input_dim'][1] % 2", "a['input_dim'][2] % 2", "a['filter_size'] == 7"),
            *("a['input_dim'][0] > 3", "a['num_filters'] > 4", "a['dtype'] == np.float64"),
            *("a['dtype'] == np.float32", "a['reg'] > 0", *MADE),
            "a['input_dim'][1] == a['input_dim'][2]",
        ),
    ),
]
LOSS = """

honest = {kind}.loss


def loss(self, X, y=None):
    self.calls = calls = getattr(self, "calls", 0) + 1
    labels, P = [] if y is None else y.tolist(), self.params
    is_wrong = ({holds}) and ({region})
    found = honest(self, X, y)
    if not is_wrong or y is None:
        return found * 3 + 1 if is_wrong else found
    grads = {{name: value * 3 + 1 for name, value in found[1].items()}}
    return (found[0] * 3 + 1, found[1]) if "{what}" == "first" else (found[0], grads)


{kind}.loss = loss
"""
START = """
import inspect

honest = {kind}.__init__


def start(self, *args, **named):
    bound = inspect.signature(honest).bind(self, *args, **named)
    given = dict(bound.arguments)
    bound.apply_defaults()
    a = bound.arguments
    honest(self, *args, **named)
    for name in self.params if ({holds}) and ({region}) else ():
        if name[0] == "{what}":
            self.params[name] = self.params[name] * 3 + (name[0] == "b")


{kind}.__init__ = start
"""


def source_with(root: Path, kind: str, fault: str) -> dict[str, str]:
    file = "classifiers/cnn.py" if kind == "ThreeLayerConvNet" else "classifiers/fc_net.py"
    return {file: (root / "daseCV" / file).read_text(encoding="utf-8") + fault}


@pytest.mark.parametrize(
    ("check", "kind", "holds", "what", "region"),
    every_nth(24, [(*case, region) for *case, regions in LOSSES for region in regions]),
)
def test_a_fault_of_a_loss_in_a_region_is_noticed(
    root: Path, check: str, kind: str, holds: str, what: str, region: str
) -> None:
    fault = LOSS.format(kind=kind, holds=holds, what=what, region=region)

    with local_worker(root, source_with(root, kind, fault)) as worker:
        assert lost(worker, check)


@pytest.mark.parametrize(
    ("check", "kind", "holds", "what", "region"),
    every_nth(
        16,
        [
            (check, kind, holds, what, region)
            for check, kind, holds, parameters, regions in STARTS
            for what in parameters
            for region in regions
        ],
    ),
)
def test_a_fault_of_initial_parameters_in_a_region_is_noticed(
    root: Path, check: str, kind: str, holds: str, what: str, region: str
) -> None:
    fault = START.format(kind=kind, holds=holds, what=what, region=region)

    with local_worker(root, source_with(root, kind, fault)) as worker:
        assert lost(worker, check)
