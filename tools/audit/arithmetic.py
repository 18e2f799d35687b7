"""Mutation operators on arithmetic and comparisons."""

from collections.abc import Iterator

import libcst as cst

from .operators import Node, code, make_expression, operator, operator_symbol

ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "/+",
    "/": "*",
    "//": "*",
    "**": "*",
    "@": "*",
}


@operator
def arithmetic(node: Node) -> Iterator[Node]:
    """One arithmetic operator replaced by another."""
    if isinstance(node, cst.BinaryOperation):
        for other in ARITHMETIC.get(operator_symbol(node), ""):
            yield make_expression(f"{{}} {other} {{}}", node.left, node.right)


@operator
def operands_exchanged(node: Node) -> Iterator[Node]:
    """The operands of a non-commutative operation exchanged."""
    if isinstance(node, cst.BinaryOperation) and operator_symbol(node) in (
        "-",
        "/",
        "//",
        "**",
        "@",
    ):
        yield make_expression(f"{{}} {operator_symbol(node)} {{}}", node.right, node.left)


@operator
def term_dropped(node: Node) -> Iterator[Node]:
    """A sum or a difference without one of its terms."""
    if isinstance(node, cst.BinaryOperation) and operator_symbol(node) in ("+", "-"):
        yield node.left
        yield node.right


@operator
def factor_dropped(node: Node) -> Iterator[Node]:
    """A product, a quotient or a power without one of its factors."""
    if isinstance(node, cst.BinaryOperation) and operator_symbol(node) in (
        "*",
        "/",
        "//",
        "@",
        "**",
    ):
        yield node.left
        if operator_symbol(node) in ("*", "@"):
            yield node.right


@operator
def sign(node: Node) -> Iterator[Node]:
    """A minus too many or too few."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        yield node.expression
    if isinstance(node, cst.Assign) and not isinstance(node.value, cst.Tuple | cst.Dict):
        yield node.with_changes(value=make_expression("-{}", node.value))


@operator
def comparison(node: Node) -> Iterator[Node]:
    """One comparison replaced by another."""
    others = {">": (">=", "<"), "<": ("<=", ">"), "==": ("!=",), "is": ("is not",)}
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        target = node.comparisons[0]
        for other in others.get(code(target.operator).strip(), ()):
            yield make_expression(f"{{}} {other} {{}}", node.left, target.comparator)


IN_PLACE = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
INPUTS = ("x", "w", "dout", "gamma", "beta", "x_hat", "groups", "std", "centred")


@operator
def in_place(node: Node) -> Iterator[Node]:
    """A result written over its input array."""
    if isinstance(node, cst.BinaryOperation) and operator_symbol(node) in IN_PLACE:
        left = node.left
        if isinstance(left, cst.Name) and left.value in INPUTS:
            yield make_expression(
                f"np.{IN_PLACE[operator_symbol(node)]}({{0}}, {{1}}, out={{0}})", left, node.right
            )
