"""Reads the outputs of an executed notebook: only plain text and pictures."""

import contextlib
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

import nbformat

from ..collecting.notebook_json import parse_json
from ..texts import printable
from .markdown import BASE64, LARGEST_PICTURE, SIGNATURES

LONGEST = 100_000  # characters of a text
MOST = 200  # outputs of a cell
ENDED = "daseCV_ended"  # metadata of a cell that was run


def read_outputs(content: bytes, asked: str) -> str | None:
    """Copy outputs into the original notebook, cell by cell: plain text and pictures only.

    A cell's number shows that it was run, and its metadata how it ended.
    """
    notebook = nbformat.reads(asked, as_version=4)
    try:
        cells = parse_json(content)["cells"]
        for cell, executed in zip(notebook.cells, cells, strict=True):
            if cell.cell_type == "code":
                given = islice(join_streams(executed["outputs"]), MOST)
                cell.outputs = [output for kept in given if (output := _sanitise_output(kept))]
                count = executed.get("execution_count")
                cell.execution_count = count if isinstance(count, int) else None
                cell.metadata[ENDED] = read_outcome(executed["outputs"])
        return nbformat.writes(notebook)
    except Exception:  # the kernel may have sent anything
        return None


def read_outcome(outputs: list[Any]) -> dict[str, Any]:
    """The `error` or the `points` in a cell's outputs, as nbgrader reads them."""
    for output in outputs:
        if output["output_type"] == "error":
            return {"error": _text(f"{output['ename']}: {output['evalue']}", 500)}
        if output["output_type"] == "execute_result":
            with contextlib.suppress(KeyError, ValueError):
                return {"points": float(_join(output["data"]["text/plain"]))}
    return {}


def join_streams(outputs: list[Any]) -> Iterator[Any]:
    """Join consecutive printed texts, with lines overwritten by carriage returns removed."""
    for is_text, some in groupby(outputs, lambda output: output["output_type"] == "stream"):
        if not is_text:
            yield from some
            continue
        text = "".join(_join(output["text"]) for output in some)
        lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
        yield {"output_type": "stream", "text": "\n".join(lines)}


def _sanitise_output(output: Any) -> Any:
    kind = output["output_type"]
    if kind == "stream":
        # stdout only: nbgrader takes a line on stderr for a failed test.
        return nbformat.v4.new_output("stream", name="stdout", text=_text(output["text"]))
    if kind == "error":
        return nbformat.v4.new_output(
            "stream", name="stdout", text=_text("\n".join(map(str, output["traceback"])))
        )
    if kind in ("display_data", "execute_result"):
        found = output["data"]
        data = {"text/plain": _text(found["text/plain"])} if "text/plain" in found else {}
        for key in SIGNATURES:
            if key in found:
                picture = _text(found[key], LARGEST_PICTURE)
                if BASE64.fullmatch(picture):  # else it could end its tag
                    data[key] = picture
        # A page draws a red frame around a picture without a description.
        described = {"alt": "figure"} if data.keys() & SIGNATURES.keys() else {}
        if data:
            return nbformat.v4.new_output("display_data", data=data, metadata=described)
    return None


def _text(value: Any, longest: int = LONGEST) -> str:
    text = printable(_join(value))
    return text if len(text) <= longest else text[:longest] + "\n... (cut)"


def _join(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
