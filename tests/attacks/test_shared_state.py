"""Workers' shared state must carry nothing to the next one: each way to write or read is tried.

The page cache of shared files, locks and leases on them, what the kernel counts for a user or for
all, and named objects. docs/security.md lists what closes each channel, and what remains.
"""

import pytest

from .harness import CONV, POOL, Arena, Attack, cases

pytestmark = [pytest.mark.each_tier, pytest.mark.explained]

# Each channel is tried; an open one is counted, and shows in the shape of the answer.
CHANNELS = r"""
import ctypes, fcntl, mmap, os, select, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
SHARED = next(path for path in (np.__file__, os.__file__) if os.path.exists(path))
def call(name, *arguments):
    ctypes.set_errno(0)
    given = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    done = libc.syscall(*given) if name is None else getattr(libc, name)(*given)
    if done == -1:
        raise OSError(ctypes.get_errno(), name)
def mapped(share=mmap.MAP_PRIVATE):
    maps.append(np.frombuffer(mmap.mmap(fd, 4096, share, mmap.PROT_READ), np.uint8))
    return maps[-1].ctypes.data
def no_wait():
    os.preadv(fd, [bytearray(1)], 0, os.RWF_NOWAIT)
def lock(kind, command):
    fcntl.fcntl(fd, command, struct.pack("hhqqi4x", kind, 0, 0, 0, 0))
def abstract():
    socket.socket(socket.AF_UNIX).bind("\0left behind")
fd = os.open(SHARED, os.O_RDONLY)
maps, buffer = [], ctypes.create_string_buffer(4096)
WAYS = {
    "page cache: drop": lambda: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED),
    "page cache: ask by a read": lambda: os.pread(fd, 1, 0) and no_wait(),
    "page cache: ask by mincore": lambda: call("mincore", mapped(), 4096, buffer),
    "page cache: ask by cachestat": lambda: call(None, 451, fd, buffer, buffer, 0),
    "page cache: read ahead": lambda: call("readahead", fd, 0, 4096),
    "page cache: will need": lambda: call("madvise", mapped(), 4096, 3),
    "page cache: cold": lambda: call("madvise", mapped(), 4096, 20),
    "page cache: page out": lambda: call("madvise", mapped(), 4096, 21),
    "page cache: populate": lambda: call("madvise", mapped(), 4096, 22),
    "page cache: lock": lambda: call("mlock", mapped(), 4096),
    "lock: flock": lambda: fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB),
    "lock: fcntl": lambda: lock(fcntl.F_RDLCK, fcntl.F_SETLK),
    "lock: ask for one": lambda: lock(fcntl.F_WRLCK, fcntl.F_GETLK),
    "lock: of the open file": lambda: lock(fcntl.F_RDLCK, 37),
    "lease": lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "lease: ask": lambda: fcntl.fcntl(fd, fcntl.F_GETLEASE),
    "watch: dnotify": lambda: fcntl.fcntl(os.open(os.path.dirname(SHARED), 0), fcntl.F_NOTIFY, 1),
    "watch: inotify": lambda: call("inotify_init"),
    "watch: fanotify": lambda: call("fanotify_init", 0, 0),
    "inode: times": lambda: os.utime(SHARED),
    "inode: mode": lambda: os.chmod(SHARED, 0o644),
    "inode: attributes": lambda: os.setxattr(SHARED, "user.left", b"1"),
    "inode: another name": lambda: os.link(SHARED, os.environ["HOME"] + "/linked"),
    "mapping: shared": lambda: mapped(mmap.MAP_SHARED),
    "mapping: wake who waits on a page": lambda: call(None, 202, mapped(), 1, 1, 0, 0, 0),
    "quota: AIO": lambda: call(None, 206, 1, ctypes.create_string_buffer(8)),
    "quota: io_uring": lambda: call(None, 425, 1, buffer),
    "quota: pipes": os.pipe,
    "quota: size of a pipe": lambda: fcntl.fcntl(1, 1031, 2**20),
    "quota: locked memory": lambda: mmap.mmap(-1, 4096, flags=0x2022),
    "quota: huge pages": lambda: mmap.mmap(-1, 2**21, flags=0x40022),
    "quota: timers": lambda: call("timer_create", 0, None, buffer),
    "quota: watched descriptors": select.epoll,
    "quota: signals": lambda: call(None, 129, os.getpid(), 0, buffer),
    "keys": lambda: call(None, 248, b"user", b"left", b"1", 1, -4 % 2**64),
    "keys: session": lambda: call(None, 250, 0, -3 % 2**64, 1),
    "System V memory": lambda: call("shmget", 1234, 4096, 0o1600),
    "System V messages": lambda: call("msgget", 1234, 0o1600),
    "System V semaphores": lambda: call("semget", 1234, 1, 0o1600),
    "POSIX messages": lambda: call("mq_open", b"/left", 0o100, 0o600, None),
    "memory with a name": lambda: os.memfd_create("left"),
    "sockets: abstract": abstract,
    "sockets: pair": socket.socketpair,
    "disk: how full": lambda: os.statvfs("/tmp"),
    "processes: signals to a thread": lambda: call(None, 234, os.getpid(), os.getpid(), 0),
    "processes: priority": lambda: os.getpriority(os.PRIO_USER, 0),
    "processes: affinity": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
    "processes: limits of others": lambda: call(None, 302, os.getppid() or 1, 7, None, buffer),
}
open_ways = []
for name, way in WAYS.items():
    try:
        way()
        open_ways.append(name)
    except (OSError, ValueError):
        pass
print(open_ways)
conv_forward_naive = lambda *_: (np.zeros(len(open_ways)), None)
"""


@cases(
    Attack(
        "every shared channel",
        "Tries all calls that change or read state that outlives a worker or is counted for all.",
        CHANNELS,
        asked=(CONV, POOL),
        earns=(POOL,),
        says="out has shape (0,)",
    ),
)
def test_no_shared_channel_carries_data_between_workers(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)
