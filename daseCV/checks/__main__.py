"""In a terminal: `python -m daseCV.checks` for the checklist, with a name for one check."""

import sys

from . import check
from .compare import CheckFailure

if __name__ == "__main__":
    try:
        check(*sys.argv[1:2])
    except (CheckFailure, ValueError) as failure:
        sys.exit(f"✗ {failure}" if isinstance(failure, CheckFailure) else str(failure))
