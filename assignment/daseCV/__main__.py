# Generated from daseCV/__main__.py by "dasecv release".
"""The command line: `python -m daseCV check`, `submit`, `data`, as in the notebook."""

import argparse
import contextlib
import io
import sys
from pathlib import Path

from .errors import DaseCVError
from .language import replace_unencodable


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that a student can fix are one line, not a traceback."""
    replace_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m daseCV", description="Check, hand in, fetch the images."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="run one check, or all of them as a checklist")
    check.add_argument("name", nargs="?", default="", help="default: all")
    submit = commands.add_parser("submit", help="run all checks and make submission.zip")
    submit.add_argument("--skip-checks", action="store_true", help="make the zip only")
    data = commands.add_parser("data", help="fetch CIFAR-10 (163 MiB), with resume")
    data.add_argument("folder", nargs="?", type=Path, help="default: the cache")
    chosen = parser.parse_args(arguments)
    with contextlib.redirect_stdout(io.StringIO()):  # it says on import which kernels it uses
        from . import fast_layers  # noqa: F401
    try:
        {"check": run_check, "submit": run_submit, "data": run_data}[chosen.command](chosen)
    except (DaseCVError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run_check(chosen: argparse.Namespace) -> None:
    from .checks.running import attempt, check

    if not chosen.name:
        return check()
    verdict, failure = attempt(chosen.name, {})
    if failure:
        raise DaseCVError(f"✗ {verdict.failure()}")


def run_submit(chosen: argparse.Namespace) -> None:
    from .handin import make_submission, submit

    make_submission() if chosen.skip_checks else submit()


def run_data(chosen: argparse.Namespace) -> None:
    from .data_utils import download_CIFAR10

    print(f"CIFAR-10 is in {download_CIFAR10(chosen.folder)}")


if __name__ == "__main__":
    sys.exit(main())
