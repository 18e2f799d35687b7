"""Receives clicks while a cell runs. Other messages in a kernel's queue are neither read nor moved.

A click waits in the queue of cells until the running one is over (ipykernel 6: Colab, VS Code; and
7.4, which sends clicks to where the button was made). `take_clicks` looks for it there. Where it
does not wait, since JupyterLab and ipykernel 7.0 to 7.3 have a thread for widgets, and where there
is no queue at all, it does nothing.

The queue is read as ipykernel itself does, with its stream's `flush`: the widget's messages are
handled, and all others go on to their usual handler, in their order.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython import get_ipython


def take_clicks(widget: Any) -> None:
    """Handle what the front end has sent to one widget in the middle of a cell, such as clicks."""
    kernel = getattr(get_ipython(), "kernel", None)
    stream = _stream_of_cells(kernel)
    usual = getattr(stream, "_recv_callback", None)
    if usual is None or threading.current_thread() is not threading.main_thread():
        return

    def receive(frames: Any) -> None:
        if not _handle_own(kernel, frames, widget.model_id):
            stream._run_callback(usual, frames)

    with _no_interrupt():
        stream.on_recv(receive, copy=False)
        try:
            stream.flush()
        finally:
            stream.on_recv(usual, copy=False)


def _stream_of_cells(kernel: Any) -> Any:
    """The stream by which execute requests reach the main thread."""
    channel = getattr(kernel, "shell_channel_thread", None)  # ipykernel 7 receives in a thread
    if channel is None:
        return getattr(kernel, "shell_stream", None)
    return getattr(getattr(channel.manager, "_shell_channel_to_main", None), "to_stream", None)


def _handle_own(kernel: Any, frames: Any, comm_id: str) -> bool:
    """Handle a message if it is for this comm; returns whether it was."""
    session = kernel.session
    try:
        identities, parts = session.feed_identities(frames, copy=False)
        # Without its content a message does not count as seen, so that others can be read again.
        peeked = session.deserialize(parts, content=False, copy=False)
        if peeked["header"]["msg_type"] != "comm_msg":
            return False
        if session.unpack(peeked["content"])["comm_id"] != comm_id:
            return False
        message = session.deserialize(parts, content=True, copy=False)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False  # the usual way says what is wrong with it
    # Front ends hold back a widget's next message until they hear that this one is dealt with.
    kernel._publish_status("busy", "shell", parent=message)
    kernel.shell_handlers["comm_msg"](kernel.shell_stream, identities, message)
    kernel._publish_status("idle", "shell", parent=message)
    return True


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Defer an interrupt, which could lose a message here."""
    kept: list[Any] = []
    usual = signal.signal(signal.SIGINT, lambda *event: kept.append(event))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if kept and callable(usual):
        usual(*kept[0])
