"""Starts a confined program: its pipes, environment and confinement."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from .base import ConfinedProcess, Program, SandboxError
from .filters import compile_filter

CONFINE = "confine.py"
# Libraries that the interpreter and NumPy load; what is not there is left out.
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
COMMANDS = ("/bin", "/usr/bin")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def launch(
    program: Program,
    *,
    before: Sequence[str] = (),
    scratch: str,
    landlock: dict[str, list[str]] | None = None,
    user: int | None = None,
    clean_up: Callable[[], None] = lambda: None,
) -> ConfinedProcess:
    """Start a program that confines itself before it runs.

    `before` is a command that starts the interpreter in namespaces; `scratch` is the writable
    folder, as the program sees it; `landlock` has the `readable` and `writable` paths for Landlock;
    only root can run it as another `user`. `clean_up` is called after its end, or if it cannot
    start, which raises SandboxError.
    """
    settings = {
        "limits": program.limits.rlimits(),
        "landlock": landlock is not None,
        **(landlock or {}),
        "filter": compile_filter(program.children).hex(),
    }
    from_us, to_them = os.pipe()
    to_us, from_them = os.pipe()
    arguments = [argument.replace("{scratch}", scratch) for argument in program.arguments]
    confined = program.python, "-I", "-B", "-u", program.runtime / CONFINE, json.dumps(settings)
    running = program.runtime / program.script, *arguments, from_us, from_them
    command = [*before, *map(str, (*confined, *running))]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(from_us, from_them),
            env={
                "PATH": os.defpath,
                "HOME": scratch,
                "TMPDIR": scratch,
                "LANG": "C.UTF-8",
                "LD_LIBRARY_PATH": library_path(program.python),
                **ONE_THREAD,
                **program.variables,
            },
            cwd="/",
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except OSError as error:
        os.close(to_them)
        os.close(to_us)
        clean_up()
        raise SandboxError(f"{command[0]} does not start: {error}") from None
    finally:
        os.close(from_us)
        os.close(from_them)
    return ConfinedProcess(process, to_them, to_us, program.limits, clean_up)


def library_path(python: Path) -> str:
    """LD_LIBRARY_PATH for libpython, which a copied interpreter looks for at its old place."""
    return os.pathsep.join(
        str(prefix / "lib") for prefix in interpreter_folders(python) if prefix.is_dir()
    )


def find_exposing_folder(python: Path, path: Path) -> Path | None:
    """Find the folder around a path that every confined program sees; None if there is none."""
    path = path.resolve()
    seen = [Path(name).resolve() for name in LIBRARIES] + list(interpreter_folders(python))
    return next((folder for folder in seen if path.is_relative_to(folder)), None)


@cache
def interpreter_folders(python: Path) -> tuple[Path, ...]:
    """Folders that an interpreter needs: its environment, and its base installation."""
    program = "import sys; print(sys.prefix); print(sys.base_prefix); print(sys.base_exec_prefix)"
    try:
        run = subprocess.run(
            [python, "-I", "-c", program],
            capture_output=True,
            text=True,
            errors="surrogateescape",  # paths
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxError(f"{python} does not run: {error}") from None
    found = list(dict.fromkeys(map(Path, run.stdout.splitlines())))
    real = Path(os.path.realpath(python))
    system = [path for path in found if path == Path("/usr")]
    kept = [path for path in found if path not in system]
    if system:  # of a system's interpreter the program alone: its libraries are seen anyway
        kept.append(real)
    return tuple(kept)
