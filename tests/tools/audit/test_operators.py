"""Each mutation operator on a line or two."""

import ast

import libcst as cst
import pytest

from tools.audit.mutants import find_changes
from tools.audit.operators import OPERATORS, code, make_expression
from tools.audit.statements import NOTHING

EXAMPLES = {
    "arithmetic": ("a * b", ["a / b", "a + b"]),
    "operands exchanged": ("a - b", ["b - a"]),
    "term dropped": ("a + b", ["a", "b"]),
    "factor dropped": ("a / b", ["a"]),
    "sign": ("dx = -a", ["dx = a", "dx = -(-a)"]),
    "comparison": ("x > 0", ["x >= 0", "x < 0"]),
    "axis": ("x.sum(axis=(0, 2))", ["x.sum(axis=(2,))", "x.sum(axis=(0,))", "x.sum()"]),
    "keepdims": ("x.sum(axis=0)", ["x.sum(axis=0, keepdims=True)"]),
    "transpose": ("x.transpose(0, 2, 1)", ["x.transpose(2, 0, 1)", "x.transpose(0, 1, 2)"]),
    "reshape": ("x.reshape(N, C)", ["x.reshape(C, N)", 'x.reshape(N, C, order="F")']),
    "dtype": (
        "np.zeros(3, dtype=x.dtype)",
        ["np.zeros(3, dtype=np.float32)", "np.zeros(3, dtype=np.int64)", "np.zeros(3)"],
    ),
    "slice shifted": ("x[a:b]", ["x[a + 1:b]", "x[a:b - 1]", "x[a:b + 1]"]),
    "index shifted": ("x[i]", ["x[i - 1]"]),
    "indices exchanged": ("x[n, :, i]", ["x[:, n, i]", "x[n, i, :]"]),
    "range shortened": ("range(N)", ["range(N - 1)", "range(1, N)"]),
    "function swapped": ("x.max()", ["x.min()", "x.mean()"]),
    "call dropped": ("np.sqrt(v)", ["v"]),
    "arguments exchanged": ("f(a, b, c=d)", ["f(b, a, c=d)"]),
    "name mistaken": ("gamma", ["beta"]),
    "parameter fixed": ("config['a'] + eps", ["config['a'] + 1e-5"]),
    "constant": ("0.5 * x.shape[2]", ["1.0 * x.shape[2]", "0.0 * x.shape[2]", "0.5 * x.shape[3]"]),
    "in place": ("dout * gamma", ["np.multiply(dout, gamma, out=dout)"]),
    "augmented": ("a += b", ["a = b", "a -= b"]),
    "targets exchanged": ("x, w, b = cache", ["w, x, b = cache", "x, b, w = cache"]),
    "branch": (
        "if a:\n    b\nelse:\n    c",
        ["if True:\n    b\nelse:\n    c", "if False:\n    b\nelse:\n    c"],
    ),
    "statement deleted": ("for i in x:\n    a\nb", ["for i in x:\n    pass\nb", "b"]),
    "statements exchanged": ("a\nb", ["b\na"]),
}


def apply_operator(operator: str, source: str) -> list[str]:
    """The mutants that an operator makes of a source, without needless parentheses."""
    return [plain(changed) for name, changed in find_changes(source) if name == operator]


def plain(source: str) -> str:
    return ast.unparse(ast.parse(source))


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_makes_its_mistake(name: str) -> None:
    source, expected = EXAMPLES[name]

    assert {plain(one) for one in expected} <= set(apply_operator(name, source))


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_leaves_other_code_alone(name: str) -> None:
    alone = {"statement deleted": ["pass"]}

    assert apply_operator(name, "pass") == alone.get(name, [])


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda operator: operator.name)
def test_an_operator_describes_itself_in_one_line(operator: object) -> None:
    summary = getattr(operator, "summary", "")

    assert summary.endswith(".")
    assert "\n" not in summary


def test_a_mutant_keeps_the_order_of_evaluation() -> None:
    assert "a * (b + c)" in apply_operator("arithmetic", "a / (b + c)")


def test_a_template_adds_the_necessary_parentheses() -> None:
    total = cst.parse_expression("a + b")

    assert code(make_expression("{} * {}", total, cst.Name("c"))) == "((a + b) * c)"
    assert code(make_expression("np.exp({})", cst.Name("c"))) == "np.exp(c)"


def test_attributes_keywords_and_plain_targets_are_not_mistaken_for_names() -> None:
    assert apply_operator("name mistaken", "gamma = z.gamma(gamma=1)") == []


def test_a_deleted_statement_is_replaced_by_pass() -> None:
    assert code(NOTHING).strip() == "pass"
