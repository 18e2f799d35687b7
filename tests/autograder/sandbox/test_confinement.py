"""What a confined program sees and may use: the same in both tiers."""

import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import StudentEnvironment
from autograder.sandbox import ConfinedProcess

MIB = 2**20

Ask = Callable[..., Any]
Confine = Callable[..., ConfinedProcess]


# What it sees


def test_a_program_runs_and_its_output_is_read(ask: Ask) -> None:
    assert ask("say(sys.argv[1])", "an argument") == "an argument"


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX"])
def test_a_worker_makes_no_sockets(ask: Ask, family: str) -> None:
    answer = ask(f"import socket\nsay(attempt(socket.socket, socket.{family}))")

    assert answer == "OSError"


@pytest.mark.parametrize(
    "kind",
    [
        "socket.AF_INET, socket.SOCK_DGRAM",
        "socket.AF_INET6, socket.SOCK_DGRAM",
        "socket.AF_INET, socket.SOCK_RAW",
        "socket.AF_PACKET, socket.SOCK_RAW",
        "socket.AF_NETLINK, socket.SOCK_RAW, 16",
    ],
)
def test_a_notebook_sends_no_packets(ask: Ask, kind: str) -> None:
    answer = ask(f"import socket\nsay(attempt(socket.socket, {kind}))", children=True)

    assert answer == "OSError"


def test_a_notebook_connects_to_nothing_outside(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = ask(
            """
            import socket
            say(attempt(socket.create_connection, ("127.0.0.1", int(sys.argv[1])), 2))
            """,
            str(server.getsockname()[1]),
            children=True,
        )

    assert answer in ("PermissionError", "ConnectionRefusedError", "OSError")


def test_a_notebook_may_talk_to_its_kernel_through_unix_sockets(ask: Ask) -> None:
    assert ask("import socket; socket.socketpair(); say('made')", children=True) == "made"


def test_other_files_cannot_be_read(ask: Ask, root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "course.secret"
    secret.write_text("hidden", encoding="utf-8")
    paths = ["/etc/passwd", str(root / "pyproject.toml"), str(secret)]

    answer = ask("say([attempt(open, path) for path in sys.argv[1:-2]])", *paths)

    assert set(answer) <= {"FileNotFoundError", "PermissionError"}


@pytest.mark.parametrize("folder", ["/root", "/boot", "/sys", "/var/lib", "{root}"])
def test_other_folders_cannot_be_listed(ask: Ask, root: Path, folder: str) -> None:
    answer = ask("say(attempt(os.listdir, sys.argv[1]))", folder.format(root=root))

    assert answer in ("FileNotFoundError", "PermissionError")


def test_another_program_s_scratch_folder_cannot_be_seen(confine: Confine, ask: Ask) -> None:
    one = confine(
        "open(os.environ['HOME'] + '/solution.py', 'w').write('mine')\n"
        "say(os.environ['HOME'])\n"
        "time.sleep(30)"
    )
    home = one.read(len('"'), time.monotonic() + 10)
    while not home.endswith(b'"') or len(home) < 2:
        home += one.read(1, time.monotonic() + 10)

    answer = ask("say(attempt(open, sys.argv[1]))", home.decode().strip('"') + "/solution.py")

    assert answer in ("FileNotFoundError", "PermissionError")


def test_files_given_to_a_program_can_be_read_and_not_changed(ask: Ask, open_folder: Path) -> None:
    given = open_folder / "given"
    given.mkdir(mode=0o755)
    (given / "layers.py").write_text("x = 1", encoding="utf-8")
    (given / "layers.py").chmod(0o666)  # it is not protected by its mode

    answer = ask(
        """
        path = sys.argv[1]
        say([open(path + '/layers.py').read(), attempt(open, path + '/layers.py', 'w'),
             attempt(open, path + '/new.py', 'w'), attempt(os.remove, path + '/layers.py'),
             attempt(os.chmod, path + '/layers.py', 0)])
        """,
        str(given),
        readable=[given],
    )

    assert answer[0] == "x = 1"
    assert all(isinstance(error, str) and error.endswith("Error") for error in answer[1:])
    assert (given / "layers.py").read_text(encoding="utf-8") == "x = 1"
    assert (given / "layers.py").stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("place", ["/", "/usr/lib", "/dev", "/dev/shm", "{runtime}", "{prefix}"])
def test_only_the_scratch_folder_can_be_written(
    ask: Ask, environment: StudentEnvironment, open_folder: Path, place: str
) -> None:
    folder = place.format(runtime=open_folder / "runtime", prefix=environment.folder / "env")

    answer = ask("say(attempt(open, sys.argv[1] + '/new', 'w'))", folder)

    assert answer in ("OSError", "PermissionError", "FileNotFoundError")


def test_a_program_s_scratch_folder_is_its_home_and_writable(ask: Ask) -> None:
    answer = ask(
        """
        home = os.environ['HOME']
        with open(home + '/notes', 'w') as file:
            file.write('text')
        say([open(home + '/notes').read(), home == os.environ['TMPDIR'] == sys.argv[1]])
        """,
        "{scratch}",
    )

    assert answer == ["text", True]


def test_a_program_sees_only_the_environment_variables_given_to_it(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_TOKEN", "ours")

    answer = ask("say(dict(os.environ))", MPLBACKEND="agg")

    assert answer["MPLBACKEND"] == "agg"
    assert not {"DASECV_TOKEN", "PYTHONPATH", "LOGNAME"} & set(answer)


def test_a_program_inherits_no_open_files(ask: Ask) -> None:
    file = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(file, True)

    answer = ask(
        """
        def is_open(number):
            try:
                return bool(os.fstat(number))
            except OSError:
                return False
        own = sorted(map(int, sys.argv[-2:]))
        say([number for number in range(3, max(own) + 250) if is_open(number)] == own)
        """
    )

    os.close(file)
    assert answer is True


def test_a_confined_program_is_not_root_and_cannot_become_root(ask: Ask) -> None:
    answer = ask("say([os.getuid() == 0, attempt(os.setuid, 0)])")

    assert answer in ([False, "PermissionError"], [False, "OSError"])  # forbidden; no such user


def test_other_processes_cannot_be_signalled(ask: Ask) -> None:
    answer = ask("say(attempt(os.kill, int(sys.argv[1]), 0))", str(os.getpid()))

    assert answer == "OSError"


def test_other_processes_cannot_be_inspected(ask: Ask) -> None:
    answer = ask("say(attempt(open, f'/proc/{sys.argv[1]}/environ'))", str(os.getpid()))

    assert answer in ("PermissionError", "FileNotFoundError")


@pytest.mark.parametrize(
    "start",
    [
        "os.fork()",
        "os.execv(sys.executable, [sys.executable])",
        "__import__('subprocess').run([sys.executable, '-V'])",
        "os.posix_spawn(sys.executable, [sys.executable], {})",
    ],
    ids=["fork", "exec", "subprocess", "posix_spawn"],
)
def test_a_worker_starts_no_processes(ask: Ask, start: str) -> None:
    assert ask(f"say(attempt(lambda: {start}))") == "OSError"


def test_a_worker_may_have_threads(ask: Ask) -> None:
    answer = ask(
        """
        import threading
        thread = threading.Thread(target=say, args=['from a thread'])
        thread.start()
        thread.join()
        """
    )

    assert answer == "from a thread"


def test_a_worker_can_use_files_threads_and_time_as_usual(ask: Ask) -> None:
    answer = ask(
        """
        import glob, queue, random, shutil, signal, tempfile, threading, time
        import numpy as np
        with tempfile.TemporaryDirectory() as folder:
            np.savez(folder + "/a.npz", x=np.eye(3))
            os.mkdir(folder + "/b")
            shutil.copyfile(folder + "/a.npz", folder + "/b/c.npz")
            os.rename(folder + "/b/c.npz", folder + "/b/d.npz")
            with np.load(glob.glob(folder + "/b/*")[0]) as file:
                total = file["x"].sum()
        tasks = queue.Queue()
        threads = [threading.Thread(target=tasks.put, args=(n,)) for n in range(20)]
        for thread in threads: thread.start()
        for thread in threads: thread.join(timeout=10)
        signal.signal(signal.SIGALRM, lambda *_: tasks.put("rang"))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.1)
        say([total, tasks.qsize(), random.SystemRandom().random() < 1])
        """
    )

    assert answer == [3, 21, True]


def test_a_notebook_can_start_programs_and_wait_for_them(ask: Ask) -> None:
    answer = ask(
        """
        import asyncio, concurrent.futures, multiprocessing, shutil, subprocess, tempfile
        run = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True)
        shell = subprocess.run("echo one | cat; sleep 0; ls $HOME", shell=True, capture_output=True)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            squares = list(pool.map(lambda n: n * n, range(3)))
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
        process.start()
        process.terminate()
        process.join()
        async def sleep():
            done = await asyncio.create_subprocess_exec(sys.executable, "-V", stdout=-1)
            return (await done.communicate())[0]
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy2(sys.executable, folder)
        say([run.stdout, shell.returncode, shell.stdout[:4].decode(), squares, process.exitcode,
             asyncio.run(sleep())[:6].decode()])
        """,
        children=True,
    )

    assert answer == ["42\n", 0, "one\n", [0, 1, 4], -15, "Python"]


def test_a_program_s_own_folder_is_closed_to_other_users(ask: Ask) -> None:
    folder = Path(tempfile.mkdtemp())
    (folder / "layers.py").write_text("x = 1", encoding="utf-8")

    answer = ask("say(open(sys.argv[1] + '/layers.py').read())", str(folder), folder=folder)
    mode = folder.stat().st_mode
    shutil.rmtree(folder)

    assert answer == "x = 1"
    assert not mode & stat.S_IRWXO
