"""Runs in the student environment with NumPy loaded, and forks a worker for each request.

    python -I -B fork_server.py RUNTIME CHANNEL

A request is a message on the socket CHANNEL: what the worker gets as arguments, environment and
limits, and four descriptors: its questions, its answers, its output, and where to write its process
id and, after its end, its exit status. A worker confines itself as `confine.py` does, by limits and
the system call filter; it sees all files, as any process does.
"""

import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import traceback

INTEGER = struct.Struct("i")
MESSAGE = 2**18  # bytes


def main() -> None:
    """Serve until the other end closes its socket."""
    sys.path.insert(0, sys.argv[1])
    for module in ("numpy.random", "confine", "serve"):
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps keepers
    with socket.socket(fileno=int(sys.argv[2])) as channel:
        while True:
            message, descriptors, _, _ = socket.recv_fds(channel, MESSAGE, 4)
            if not message:
                return
            if os.fork() == 0:
                channel.close()
                keep_worker(json.loads(message), *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)


def keep_worker(request: dict, questions: int, answers: int, printed: int, status: int) -> None:
    """Fork the worker, report its process id, wait for its end, and report how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = os.fork()
    if worker == 0:
        os.close(status)
        os._exit(be_worker(request, questions, answers, printed))
    for descriptor in (questions, answers, printed):
        os.close(descriptor)
    os.write(status, INTEGER.pack(worker))
    ended = os.waitpid(worker, 0)[1]
    os.write(status, INTEGER.pack(os.waitstatus_to_exitcode(ended)))
    os._exit(0)


def be_worker(request: dict, questions: int, answers: int, printed: int) -> int:
    """Do what an interpreter started with `serve.py` does; return the exit status."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir("/")
    sys.argv = ["serve.py", *request["arguments"], str(questions), str(answers)]
    try:
        sys.modules["numpy.random"].seed()  # a fork has its parent's random state
        confine = sys.modules["confine"]
        confine.set_limits(request["limits"])
        confine.install_filter(bytes.fromhex(request["filter"]))
        sys.modules["serve"].main()
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
