"""Styles: other ways to solve blanks, each a file in `tests/styles/<module>/`.

Those in `tests/styles/not_accepted/<module>/` look like solutions and are none. A style imports
what it calls from `daseCV`, so that it is read and linted as what it is. At the end of its module,
where it takes the reference's place, these imports find what stands there already.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

Owned = dict[str, bytes]

STYLES = Path(__file__).resolve().parents[2] / "tests" / "styles"
NOT_ACCEPTED = STYLES / "not_accepted"
FILES = {
    "layers": "daseCV/layers.py",
    "optim": "daseCV/optim.py",
    "fc_net": "daseCV/classifiers/fc_net.py",
    "cnn": "daseCV/classifiers/cnn.py",
}


def styles_of(module: str, defining: str = "", folder: Path = STYLES) -> dict[str, str]:
    """The styles of a module.

    Parameters
    ----------
    module : str
        One of FILES.
    defining : str
        Only those that define it: 'conv_forward_naive', 'ThreeLayerConvNet.loss'.
    folder : Path
        STYLES or NOT_ACCEPTED.

    Returns
    -------
    styles : dict of str
        Their texts by their names.
    """
    paths = sorted((folder / module).glob("*.py"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    return {name: text for name, text in texts.items() if not defining or defining in defined(text)}


def defined(text: str) -> set[str]:
    """The names that a text defines or assigns, a class's methods as 'Class.method'."""
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            names |= {f"{node.name}.{method.name}" for method in methods}
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names |= {ast.unparse(one) for one in getattr(target, "elts", [target])}
    return names


def in_place(owned: Mapping[str, bytes], file: str, text: str) -> Owned:
    """The student-owned files with a text at the end of one, where it takes the others' place."""
    return {**owned, file: owned[file] + b"\n\n" + text.encode()}
