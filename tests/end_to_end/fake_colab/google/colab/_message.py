"""The browser's side: it knows the notebook as shown on the page."""

import json
from pathlib import Path
from typing import Any


def blocking_request(name: str, request: str = "", timeout_sec: int = 5) -> dict[str, Any]:
    """Answer with the notebook that the test has put on the page."""
    assert name == "get_ipynb"
    page = Path("/content/page.json")
    return {"ipynb": json.loads(page.read_text(encoding="utf-8"))}
