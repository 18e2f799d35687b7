"""Mutation operators: how code on arrays goes wrong, one small change at a time.

An operator is given a node of a syntax tree and yields what could stand in its place; it knows
nothing of blanks or checks. Here is what they have in common; they themselves are in `arithmetic`,
`arrays`, `names` and `statements`, which register them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

Node = cst.CSTNode
Replace = Callable[[Node], Iterator[Node]]
TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
ATOMS = (cst.Name, cst.Integer, cst.Float, cst.Call, cst.Subscript, cst.Attribute)


@dataclass(frozen=True)
class Operator:
    """One kind of mistake.

    Parameters
    ----------
    name : str
    summary : str
        What it does, in a line.
    replacements : callable
        Yields what could stand in the place of a node.
    """

    name: str
    summary: str
    replacements: Replace


OPERATORS: dict[str, Operator] = {}


def operator(function: Replace) -> Replace:
    """Register a mutation operator under its own name."""
    name = function.__name__.replace("_", " ")
    OPERATORS[name] = Operator(name, (function.__doc__ or "").strip(), function)
    return function


def code(node: Node) -> str:
    """The source text of a node."""
    return cst.Module([]).code_for_node(node)


def make_expression(template: str, *parts: Node) -> cst.BaseExpression:
    """An expression from a template, with parentheses wherever they may be needed."""
    texts = [code(part) if is_whole(part) else f"({code(part)})" for part in parts]
    text = template.format(*texts)
    whole = cst.parse_expression(text)
    return whole if is_whole(whole) else cst.parse_expression(f"({text})")


def is_whole(node: Node) -> bool:
    """Whether an expression needs no parentheses, or has them."""
    return isinstance(node, ATOMS) or bool(getattr(node, "lpar", ()))


def method(node: Node) -> str:
    """The name of what a call calls, without what stands before the dot; '' for other nodes."""
    if not isinstance(node, cst.Call):
        return ""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def keyword(node: Node, name: str) -> cst.Arg | None:
    """The keyword argument of a call, if it has one by that name."""
    if isinstance(node, cst.Call):
        for argument in node.args:
            if argument.keyword is not None and argument.keyword.value == name:
                return argument
    return None


def with_arguments(call: cst.Call, arguments: list[cst.Arg]) -> cst.Call:
    """A call with other arguments and commas of its own."""
    bare = [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in arguments]
    return call.with_changes(args=bare)


def without(call: cst.Call, argument: cst.Arg) -> cst.Call:
    return with_arguments(call, [other for other in call.args if other is not argument])


def with_value(call: cst.Call, argument: cst.Arg, value: Node) -> cst.Call:
    """A call with another value for one of its arguments."""
    return with_arguments(
        call,
        [other.with_changes(value=value) if other is argument else other for other in call.args],
    )


def exchanged(items: list[Node], place: int) -> list[Node]:
    """A list with one item and the next in each other's place; each keeps its comma."""
    items = list(items)
    one, two = items[place], items[place + 1]
    items[place] = two.with_changes(comma=one.comma)  # type: ignore[attr-defined]
    items[place + 1] = one.with_changes(comma=two.comma)  # type: ignore[attr-defined]
    return items


def symbol(node: Node) -> str:
    """The operator of a binary operation; '' for other nodes."""
    return code(node.operator).strip() if isinstance(node, cst.BinaryOperation) else ""
