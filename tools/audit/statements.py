"""Mutation operators on statements: deleted, exchanged, another branch, another assignment."""

from collections.abc import Iterator

import libcst as cst

from .operators import Node, code, make_expression, operator, swap_neighbours

AUGMENTED = {"+=": ("=", "-="), "-=": ("=", "+="), "*=": ("=", "/="), "/=": ("=", "*=")}
NOTHING = cst.SimpleStatementLine([cst.Pass()])


@operator
def augmented(node: Node) -> Iterator[Node]:
    """`=` for `+=`, or the opposite in-place operation."""
    if isinstance(node, cst.AugAssign):
        for other in AUGMENTED.get(code(node.operator).strip(), ()):
            text = f"{code(node.target)} {other} {code(node.value)}"
            statement = cst.parse_statement(text)
            assert isinstance(statement, cst.SimpleStatementLine)
            yield statement.body[0]


@operator
def targets_exchanged(node: Node) -> Iterator[Node]:
    """Unpacking targets in another order."""
    if isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Tuple):
        elements = list(node.targets[0].target.elements)
        for place in range(len(elements) - 1):
            target = cst.Tuple(swap_neighbours(list(elements), place), lpar=[], rpar=[])  # type: ignore[arg-type]
            yield node.with_changes(targets=[cst.AssignTarget(target)])


@operator
def branch(node: Node) -> Iterator[Node]:
    """A condition made always true, always false, or negated."""
    if isinstance(node, cst.If):
        yield node.with_changes(test=cst.Name("True"))
        yield node.with_changes(test=cst.Name("False"))
        yield node.with_changes(test=make_expression("not {}", node.test))


@operator
def statement_deleted(node: Node) -> Iterator[Node]:
    """A statement deleted."""
    if isinstance(node, cst.Module | cst.IndentedBlock):
        for place in range(len(node.body)):
            body = [*node.body[:place], *node.body[place + 1 :]]
            yield node.with_changes(body=body or [NOTHING])


@operator
def statements_exchanged(node: Node) -> Iterator[Node]:
    """Two neighbouring statements in the wrong order."""
    if isinstance(node, cst.Module | cst.IndentedBlock):
        for place in range(len(node.body) - 1):
            body = list(node.body)
            body[place], body[place + 1] = body[place + 1], body[place]
            yield node.with_changes(body=body)
