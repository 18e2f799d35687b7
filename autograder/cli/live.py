"""Progress of `dasecv grade`: a line for each submission, and a live table."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.live import Live
from rich.table import Table

from ..fleet import GradedSubmission
from ..grading.report import Report
from ..results.views import plain_lines
from .output import console, echo


class Progress:
    """Counts results; on a terminal, a table below the lines shows the progress."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = self.known = self.failed = self.running = 0
        self.started = time.monotonic()
        self.live = Live(get_renderable=self.make_table, console=console, refresh_per_second=2)

    def __enter__(self) -> "Progress":
        if console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def count(self, known: bool, failed: bool, running: int) -> None:
        self.done += 1
        self.known += known
        self.failed += failed
        self.running = running

    def make_table(self) -> Table:
        """The current counts, in one row."""
        seconds = time.monotonic() - self.started
        made = self.done - self.known
        rate = made / seconds if made and seconds else 0.0
        left = format_duration((self.total - self.done) / rate) if rate else "?"
        table = Table(box=None, pad_edge=False)
        row = {
            "done": f"{self.done} of {self.total}",
            "known": str(self.known),
            "running": str(self.running),
            "without a mark": str(self.failed),
            "a minute": f"{60 * rate:.1f}",
            "so far": format_duration(seconds),
            "left": left,
        }
        for name in row:
            table.add_column(name, justify="right", style="bold" if name == "done" else "")
        table.add_row(*row.values())
        return table

    def print_summary(self) -> None:
        seconds = time.monotonic() - self.started
        made = self.done - self.known
        line = f"{self.done} of {self.total} done in {format_duration(seconds)}: {made} graded, "
        line += f"{self.known} known"
        if made:
            line += f", {60 * made / seconds:.1f} a minute"
        echo(line)


def format_duration(seconds: float) -> str:
    """Seconds in a readable unit: 8 s, 3:05 min, 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


@contextmanager
def stop_on_ctrl_c(stop: Callable[[], object]) -> Iterator[None]:
    """Let the first Ctrl-C call `stop`, and only the second one interrupt.

    An exception could be swallowed wherever it is raised.
    """

    def handle_interrupt(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        # Not through the console, which may be writing just now.
        os.write(sys.stderr.fileno(), b"\nStopping; what is graded is kept.\n")
        stop()

    before = signal.signal(signal.SIGINT, handle_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def result_line(done: GradedSubmission, points: Mapping[str, float]) -> str:
    """A graded submission on one line: its mark, and the checks that lost points."""
    report, name = done.report, done.submission.student
    if report.status == "infrastructure":
        return f"{name}: no mark: {report.failure}"
    earned = sum(report.share(check) * maximum for check, maximum in points.items())
    line = f"{name}: {earned:g} / {sum(points.values()):g}  {report.status}"
    if report.status == "refused":
        return f"{line}: {'; '.join(report.notes)}"
    line += ", known" if done.known else f", {report.seconds:.1f} s"
    lost = [check.name for check in report.checks if check.share < 1 and check.outcome != "put off"]
    if len(lost) == len(report.checks) > 0:
        return f"{line}; lost: everything"
    return f"{line}; lost: {', '.join(lost)}" if lost else line


def reason_lines(report: Report, language: str) -> Iterator[str]:
    yield from (f"! {note}" for note in report.notes)
    for check in report.checks:
        if check.outcome == "right":
            continue
        yield f"{'✓' if check.share == 1 else '✗'} {check.name}: {check.outcome}"
        lines = plain_lines(check, report.language or language)
        yield from (f"    {line}" for line in lines)
