"""Mutation operators on names and numbers."""

from collections.abc import Iterator

import libcst as cst

from .operators import Node, code, make_expression, operator

SIBLINGS = [
    *(("H", "W"), ("HH", "WW"), ("H_out", "W_out"), ("height", "width"), ("top", "left")),
    *(("rows", "columns"), ("row", "column"), ("i", "j"), ("n", "f"), ("n", "c"), ("N", "C")),
    *(("C", "F"), ("mean", "var"), ("running_mean", "running_var"), ("gamma", "beta")),
    *(("x", "x_hat"), ("dout", "dx_hat"), ("m", "v"), ("W1", "W2"), ("W2", "W3"), ("b1", "b2")),
    *(("x", "x_padded"), ("x", "w"), ("dbeta", "dgamma"), ("mean_dx_hat", "mean_product")),
    *(('"beta1"', '"beta2"'), ('"W1"', '"W2"'), ('"W2"', '"W3"'), ('"b1"', '"b2"')),
    *(('"b2"', '"b3"'), ("hidden_dim", "num_classes"), ("dhidden", "dfeatures")),
    *(("hidden_cache", "features_cache"), ("shifted", "x"), ("stride", "pad")),
]


@operator
def name_mistaken(node: Node) -> Iterator[Node]:
    """One of two paired names replaced by the other: H and W, gamma and beta."""
    if isinstance(node, cst.Name | cst.SimpleString):
        for pair in SIBLINGS:
            if node.value in pair:
                other = pair[1 - pair.index(node.value)]
                yield cst.parse_expression(other)


DEFAULTS = {
    "eps": "1e-5",
    "momentum": "0.9",
    "stride": "1",
    "pad": "0",
    "weight_scale": "1e-3",
    "num_filters": "32",
    "filter_size": "7",
    'config["learning_rate"]': "1e-3",
    'config["beta1"]': "0.9",
    'config["beta2"]': "0.999",
    'config["epsilon"]': "1e-8",
    "self.reg": "0.5",
    "gamma": "1.0",
}


@operator
def parameter_fixed(node: Node) -> Iterator[Node]:
    """A parameter replaced by its usual value."""
    if isinstance(node, cst.Name | cst.Subscript | cst.Attribute) and code(node) in DEFAULTS:
        yield cst.parse_expression(DEFAULTS[code(node)])


@operator
def constant(node: Node) -> Iterator[Node]:
    """An integer off by one, or a fraction doubled or removed."""
    if isinstance(node, cst.Integer):
        value = int(node.value)
        yield cst.Integer(str(value + 1))
        yield cst.Integer(str(value - 1)) if value else make_expression("-1")
    if isinstance(node, cst.Float):
        yield cst.Float(repr(2 * float(node.value)))
        yield cst.Float("0.0")
