"""Styles: other ways to solve blanks, each a file in `tests/styles/<module>/`.

Those in `tests/styles/not_accepted/<module>/` look like solutions, but break a promise. A style
imports the functions it calls from `daseCV`, so that linters can read it. Appended to the
reference's module, its definitions replace the reference's, and its imports still work.
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


def find_styles(module: str, defining: str = "", folder: Path = STYLES) -> dict[str, str]:
    """Read the styles of a module.

    Parameters
    ----------
    module : str
        One of FILES.
    defining : str
        Only those that define this name: 'conv_forward_naive', 'ThreeLayerConvNet.loss'.
    folder : Path
        STYLES or NOT_ACCEPTED.

    Returns
    -------
    styles : dict of str
        Texts by name.
    """
    paths = sorted((folder / module).glob("*.py"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    return {
        name: text
        for name, text in texts.items()
        if not defining or defining in defined_names(text)
    }


def defined_names(text: str) -> set[str]:
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
                names |= {ast.unparse(element) for element in getattr(target, "elts", [target])}
    return names


def append_code(owned: Mapping[str, bytes], file: str, text: str) -> Owned:
    """Student-owned files with code appended to one of them, which replaces earlier definitions."""
    return {**owned, file: owned[file] + b"\n\n" + text.encode()}
