"""Which system calls a confined process may make, as a seccomp filter in BPF.

One list for both tiers: the calls of Python and NumPy, and for notebooks those of Jupyter too. Any
other call gets ENOSYS, as from a kernel without it, so that libraries fall back. Some calls are
allowed in certain forms only: see `FORMS`.
"""

import contextlib
import errno
import fcntl
import functools
import mmap
import socket
import tempfile
import termios

from .base import SandboxError

CALLS = """
brk mprotect mremap munmap
access faccessat faccessat2 fstat getcwd lstat newfstatat readlink readlinkat stat statx
close close_range dup dup2 dup3 ftruncate lseek open openat umask
pread64 preadv pwrite64 pwritev read readv write writev
chdir fchdir getdents getdents64 mkdir mkdirat rename renameat renameat2 rmdir unlink unlinkat
clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time
alarm poll ppoll pselect6 restart_syscall select setitimer
rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
getegid geteuid getgid getpid getppid getresgid getresuid gettid getuid
exit exit_group rseq sched_getaffinity sched_yield set_robust_list
getcpu getrandom getrlimit getrusage sysinfo times uname
""".split()  # noqa: SIM905

# A notebook's kernel is a second process, which talks through sockets and event loops.
NOTEBOOK_CALLS = """
arch_prctl execve fork set_tid_address vfork wait4 waitid
getpgid getpgrp getsid kill setpgid setsid tgkill
epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 pipe pipe2
accept accept4 bind connect getpeername getsockname getsockopt listen
recvfrom recvmsg sendmsg sendto setsockopt shutdown socketpair
chmod copy_file_range fchmod fchmodat fdatasync fstatfs fsync listxattr sendfile statfs utimensat
sched_getparam sched_getscheduler sched_setscheduler
""".split()  # noqa: SIM905

# Each form: all of (position of an argument, its bits to look at, their value).
Form = tuple[tuple[int, int, int], ...]
ALL_BITS = 0xFFFFFFFF  # the kernel looks at no others of these arguments


def allow_values(position: int, *values: int) -> list[Form]:
    """Forms of a call in which one argument has one of these values."""
    return [((position, ALL_BITS, value),) for value in values]


# Without locks, leases, owners of signals, and sizes of pipes: other processes can observe them.
FCNTL = (
    fcntl.F_DUPFD,
    fcntl.F_DUPFD_CLOEXEC,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
)
IOCTL = (
    termios.TCGETS,
    termios.TIOCGWINSZ,
    termios.FIOCLEX,
    termios.FIONCLEX,
    termios.FIONBIO,
    termios.FIONREAD,
)
# Terminals of its own, for `!ls`; and the FICLONE that Python 3.14 tries first to copy a file.
NOTEBOOK_IOCTL = (
    *IOCTL,
    termios.TCSETS,
    termios.TCSETSW,
    termios.TCSETSF,
    termios.TIOCGPGRP,
    termios.TIOCSPGRP,
    termios.TIOCSCTTY,
    termios.TIOCSWINSZ,
    0x80045430,  # TIOCGPTN
    0x40045431,  # TIOCSPTLCK
    0x40049409,  # FICLONE
)
DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE = 4, 8, 14, 15  # of madvise; not what moves files' pages
LOCKED, HUGETLB = 0x2000, 0x40000  # of mmap: memory that users, or all, have in common
PRIVATE, REALTIME = 128, 256  # of futex
WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET, WAKE_BITSET = 0, 1, 3, 4, 5, 9, 10
PR_SET_NAME, PR_GET_NAME = 15, 16
# As C libraries start a thread; one of them adds a bit without a meaning.
THREAD, DETACHED = 0x3D0F00, 0x400000
NAMESPACES = 0x7E020000  # clone's flags for new ones
AF_NETLINK = 16  # which Python has on Linux alone

FORMS: dict[str, list[Form]] = {
    "fcntl": allow_values(1, *FCNTL),
    "ioctl": allow_values(1, *IOCTL),
    "madvise": allow_values(2, DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE),
    "mmap": [((3, mmap.MAP_SHARED | LOCKED | HUGETLB, 0),)],
    "clone": [((0, ALL_BITS & ~DETACHED, THREAD),)],
    "prctl": allow_values(0, PR_SET_NAME, PR_GET_NAME),
    "prlimit64": allow_values(0, 0),  # its own
    # On a page of a file, a wake that is not private would reach other processes.
    "futex": [
        *allow_values(1, WAIT, WAIT_BITSET, WAIT_BITSET | REALTIME),
        *allow_values(1, *(PRIVATE | op for op in (WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP))),
        *allow_values(
            1, *(PRIVATE | op for op in (WAIT_BITSET, WAIT_BITSET | REALTIME, WAKE_BITSET))
        ),
    ],
}
NOTEBOOK_FORMS = FORMS | {
    "ioctl": allow_values(1, *NOTEBOOK_IOCTL),
    "mmap": [((3, LOCKED | HUGETLB, 0),)],
    "clone": [((0, NAMESPACES, 0),)],
    # A kernel binds a stream socket to loopback, and lists the network's interfaces (protocol 0).
    # Namespaces, or Landlock, see to it that these lead nowhere.
    "socket": [
        *allow_values(0, socket.AF_UNIX),
        ((0, ALL_BITS, socket.AF_INET), (1, 0xF, socket.SOCK_STREAM)),
        ((0, ALL_BITS, socket.AF_INET6), (1, 0xF, socket.SOCK_STREAM)),
        ((0, ALL_BITS, AF_NETLINK), (2, ALL_BITS, 0)),
    ],
}


@functools.cache
def compile_filter(children: bool) -> bytes:
    """Compile the filter to BPF; with `children`, a process may start others."""
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError) as error:
        raise SandboxError(
            f"no seccomp filter ({error}): on Debian or Ubuntu, apt install libseccomp2"
        ) from None
    refused = seccomp.ERRNO(errno.ENOSYS)
    rules = seccomp.SyscallFilter(refused)
    rules.set_attr(seccomp.Attr.ACT_BADARCH, refused)  # numbers of other instruction sets
    calls = CALLS + NOTEBOOK_CALLS if children else CALLS
    any_form: list[Form] = [()]
    allowed = dict.fromkeys(calls, any_form) | (NOTEBOOK_FORMS if children else FORMS)
    for name, forms in allowed.items():
        for form in forms:
            arguments = [seccomp.Arg(n, seccomp.MASKED_EQ, bits, value) for n, bits, value in form]
            with contextlib.suppress(ValueError, OSError):  # not a call of this architecture
                rules.add_rule(seccomp.ALLOW, name, *arguments)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
