"""Mutation operators on arrays: axes, shapes, types, indices, and what is done to them."""

from collections.abc import Iterator

import libcst as cst

from .operators import (
    TIGHT,
    Node,
    called_name,
    code,
    find_keyword,
    make_expression,
    operator,
    remove_argument,
    replace_arguments,
    replace_value,
    swap_neighbours,
)

# Axes and shapes

REDUCTIONS = ("sum", "mean", "var", "std", "max", "min")


@operator
def axis(node: Node) -> Iterator[Node]:
    """A reduction along another axis, along fewer, or along all."""
    found = find_keyword(node, "axis")
    if found is None or not isinstance(node, cst.Call):
        return
    if isinstance(found.value, cst.Integer):
        for other in {"0": "1", "1": "0", "2": "10"}.get(found.value.value, ""):
            yield replace_value(node, found, cst.Integer(other))
    if isinstance(found.value, cst.Tuple):
        texts = [code(element.value) for element in found.value.elements]
        for place in range(len(texts)):
            rest = ", ".join(texts[:place] + texts[place + 1 :])
            yield replace_value(node, found, cst.parse_expression(f"({rest},)"))
    yield remove_argument(node, found)


@operator
def keepdims(node: Node) -> Iterator[Node]:
    """A reduction that drops its axis, or keeps it where it should not."""
    if not isinstance(node, cst.Call) or called_name(node) not in REDUCTIONS:
        return
    found = find_keyword(node, "keepdims")
    if found is not None:
        yield remove_argument(node, found)
    elif find_keyword(node, "axis") is not None:
        keep = cst.Arg(cst.Name("True"), keyword=cst.Name("keepdims"), equal=TIGHT)
        yield replace_arguments(node, [*node.args, keep])


@operator
def transpose(node: Node) -> Iterator[Node]:
    """Axes in another order, or no transposition at all."""
    if isinstance(node, cst.Attribute) and node.attr.value == "T":
        yield node.value
    if isinstance(node, cst.Call) and called_name(node) == "transpose":
        for place in range(len(node.args) - 1):
            yield node.with_changes(args=swap_neighbours(list(node.args), place))


@operator
def reshape(node: Node) -> Iterator[Node]:
    """A reshape with sizes exchanged, or one that reads in Fortran order."""
    if isinstance(node, cst.Call) and called_name(node) == "reshape":
        for place in range(len(node.args) - 1):
            if node.args[place + 1].keyword is None:
                yield node.with_changes(args=swap_neighbours(list(node.args), place))
        fortran = cst.Arg(cst.SimpleString('"F"'), keyword=cst.Name("order"), equal=TIGHT)
        yield replace_arguments(node, [*node.args, fortran])


@operator
def dtype(node: Node) -> Iterator[Node]:
    """Numbers of another type: less precise, integer, or the default."""
    found = find_keyword(node, "dtype")
    if found is not None and isinstance(node, cst.Call):
        for other in ("np.float32", "np.int64"):
            yield replace_value(node, found, cst.parse_expression(other))
        yield remove_argument(node, found)


# Indices


@operator
def slice_shifted(node: Node) -> Iterator[Node]:
    """A slice that starts or ends one entry too early or too late."""
    if isinstance(node, cst.Slice):
        if node.lower is not None:
            yield node.with_changes(lower=make_expression("{} + 1", node.lower))
        if node.upper is not None:
            yield node.with_changes(upper=make_expression("{} - 1", node.upper))
            yield node.with_changes(upper=make_expression("{} + 1", node.upper))
    if isinstance(node, cst.Call) and called_name(node) == "slice":
        for argument in node.args:
            for template in ("{} + 1", "{} - 1"):
                yield replace_value(node, argument, make_expression(template, argument.value))


@operator
def index_shifted(node: Node) -> Iterator[Node]:
    """An index shifted to a neighbouring entry."""
    if not isinstance(node, cst.Index) or isinstance(node.value, cst.Integer | cst.SimpleString):
        return
    if code(node.value) not in ("None", "name"):
        yield node.with_changes(value=make_expression("{} - 1", node.value))


@operator
def indices_exchanged(node: Node) -> Iterator[Node]:
    """Two neighbouring indices exchanged."""
    if isinstance(node, cst.Subscript):
        for place in range(len(node.slice) - 1):
            yield node.with_changes(slice=swap_neighbours(list(node.slice), place))


@operator
def range_shortened(node: Node) -> Iterator[Node]:
    """A loop without its first or last iteration."""
    if isinstance(node, cst.Call) and called_name(node) == "range":
        yield make_expression("range({} - 1)", node.args[0].value)
        yield make_expression("range(1, {})", node.args[0].value)


# Functions

FUNCTIONS = {
    "max": ("min", "mean"),
    "argmax": ("argmin",),
    "maximum": ("minimum",),
    "mean": ("sum",),
    "sum": ("mean", "max"),
    "var": ("std",),
    "zeros": ("ones",),
    "exp": ("log",),
    "randn": ("rand",),
}


@operator
def function_swapped(node: Node) -> Iterator[Node]:
    """A related function instead of the right one: min for max, a sum for a mean."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        for other in FUNCTIONS.get(called_name(node), ()):
            func = node.func.with_changes(attr=cst.Name(other))
            yield node.with_changes(func=func)


@operator
def call_dropped(node: Node) -> Iterator[Node]:
    """A function or method call replaced by its operand."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return
    if code(node.func.value) != "np":
        yield node.func.value
    elif len(node.args) == 1 and isinstance(node.args[0].value, cst.BaseExpression):
        yield make_expression("{}", node.args[0].value)


@operator
def arguments_exchanged(node: Node) -> Iterator[Node]:
    """Two neighbouring arguments exchanged."""
    if isinstance(node, cst.Call) and called_name(node) not in ("reshape", "transpose"):
        for place in range(len(node.args) - 1):
            one, two = node.args[place : place + 2]
            if two.keyword is None and not one.star and not two.star:
                yield node.with_changes(args=swap_neighbours(list(node.args), place))
