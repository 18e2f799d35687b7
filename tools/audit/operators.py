"""Mutation operators: how code on arrays goes wrong, one small change at a time.

An operator takes a node of a syntax tree and yields replacements; it knows nothing of blanks or
checks. This module holds what operators share; `arithmetic`, `arrays`, `names` and `statements`
define and register them.
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
    """A kind of mistake.

    Parameters
    ----------
    name : str
    summary : str
        The change, in a line.
    replacements : callable
        Yields replacements of a node.
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
    """Make an expression from a template, with parentheses where they may be needed."""
    texts = [code(part) if is_whole(part) else f"({code(part)})" for part in parts]
    text = template.format(*texts)
    whole = cst.parse_expression(text)
    return whole if is_whole(whole) else cst.parse_expression(f"({text})")


def is_whole(node: Node) -> bool:
    """Whether an expression needs no parentheses, or has them."""
    return isinstance(node, ATOMS) or bool(getattr(node, "lpar", ()))


def called_name(node: Node) -> str:
    """The name of the function that a call calls, after the last dot; '' for other nodes."""
    if not isinstance(node, cst.Call):
        return ""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def find_keyword(node: Node, name: str) -> cst.Arg | None:
    """A call's keyword argument of that name; None if there is none."""
    if isinstance(node, cst.Call):
        for argument in node.args:
            if argument.keyword is not None and argument.keyword.value == name:
                return argument
    return None


def replace_arguments(call: cst.Call, arguments: list[cst.Arg]) -> cst.Call:
    """Copy a call with other arguments; commas are made anew."""
    bare = [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in arguments]
    return call.with_changes(args=bare)


def remove_argument(call: cst.Call, argument: cst.Arg) -> cst.Call:
    return replace_arguments(call, [other for other in call.args if other is not argument])


def replace_value(call: cst.Call, argument: cst.Arg, value: Node) -> cst.Call:
    """Copy a call with another value for one argument."""
    return replace_arguments(
        call,
        [other.with_changes(value=value) if other is argument else other for other in call.args],
    )


def swap_neighbours(items: list[Node], place: int) -> list[Node]:
    """Copy a list with an item and the next swapped; commas stay in their places."""
    items = list(items)
    one, two = items[place], items[place + 1]
    items[place] = two.with_changes(comma=one.comma)  # type: ignore[attr-defined]
    items[place + 1] = one.with_changes(comma=two.comma)  # type: ignore[attr-defined]
    return items


def operator_symbol(node: Node) -> str:
    """The operator of a binary operation; '' for other nodes."""
    return code(node.operator).strip() if isinstance(node, cst.BinaryOperation) else ""
