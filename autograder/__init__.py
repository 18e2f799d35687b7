"""The auto-grader: releases, hidden checks, grading one submission or a class, its results."""

import sys
from pathlib import Path

from daseCV.language import add_catalogues

# jsonschema, which nbformat imports, compiles a grammar for internationalised web addresses where
# this module can be imported: more than a second at the start of every command and every process
# that grades, for a format that the schema of notebooks does not name.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

add_catalogues(Path(__file__).parent / "locale")
