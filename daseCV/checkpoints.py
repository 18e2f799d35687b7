"""Checkpoints: nested values in one `.npz` file, arrays as arrays and the rest as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np

REST, ARRAY = "state", "array"  # the entry of all other values, and the key of an array in it


def save(path: str | Path, values: dict[str, Any]) -> None:
    """Write dicts, lists, arrays and numbers into a file; an array's name is its path in them."""
    arrays: dict[str, np.ndarray] = {}
    rest = json.dumps(_without_arrays(values, "", arrays), default=float)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{REST: np.array(rest)}, **arrays)  # type: ignore[arg-type]


def load(path: str | Path) -> dict[str, Any]:
    """Read a file of `save`, without running code from it."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)

    def put_array(value: dict[str, Any]) -> Any:
        return arrays[value[ARRAY]] if value.keys() == {ARRAY} else value

    return dict(json.loads(arrays[REST].item(), object_hook=put_array))


def _without_arrays(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Replace each array in a value by its path; collect them in `arrays`."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {ARRAY: path}
    if isinstance(value, list):
        return [_without_arrays(item, f"{path}/{n}", arrays) for n, item in enumerate(value)]
    if isinstance(value, dict):
        return {
            key: _without_arrays(item, f"{path}/{key}".lstrip("/"), arrays)
            for key, item in value.items()
        }
    return value
