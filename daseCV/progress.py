"""Progress of long work, given: shown only after a while, and removed afterwards.

It is printed to stdout, since nbgrader gives 0 to a graded cell that writes to stderr. Nothing is
created before it is shown: even a hidden bar is a widget, and is saved with the notebook.
"""

import contextvars
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tqdm
import tqdm.auto

AFTER = 2.0  # seconds of silence
EVERY = 0.2  # seconds between two updates of a bar


class Bar:
    """A progress bar over `total` steps, shown after AFTER seconds.

    Examples
    --------
    >>> with Bar(3, "three steps") as step:
    ...     for _ in range(3):
    ...         step()
    """

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what = total, what
        self.done = 0
        self.next_look = time.monotonic() + AFTER
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.update(self.done - self.bar.n)  # a bar short of its end stays, in red
            self.bar.close()

    def __call__(self) -> None:
        """Count a step."""
        self.done += 1
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + EVERY
            self._update()

    def _update(self) -> None:
        if self.bar is None:
            self.bar = tqdm.auto.tqdm(
                total=self.total,
                initial=self.done,
                desc=self.what,
                leave=False,
                smoothing=0,
                file=sys.stdout,
            )
        self.bar.update(self.done - self.bar.n)


@contextmanager
def patience(what: str, after: float = AFTER) -> Iterator[None]:
    """Show that `what` is running, and for how long, once it has taken `after` seconds.

    Examples
    --------
    >>> with patience("adding up"):
    ...     sum(range(10))
    45
    """
    over = threading.Event()
    # Started in a copy of the context, so that a notebook shows it below the cell it belongs to.
    run = contextvars.copy_context().run
    thread = threading.Thread(
        target=run, args=(_report_time, what, after, over, sys.stdout), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _report_time(what: str, after: float, over: threading.Event, file: Any) -> None:
    """Show `what … 12 s`, updated each second, until it is over; then erase it."""
    started = time.monotonic()
    if over.wait(after):
        return
    show = tqdm.tqdm.status_printer(file)
    seconds = after
    while not over.wait(max(0.0, started + seconds - time.monotonic())):
        show(f"{what} … {int(seconds)} s")
        seconds += 1
    show("")
    file.write("\r")
    file.flush()
