"""Which system calls a confined process may make, as a seccomp filter in BPF.

One list for both tiers. Calls that reach other processes, the kernel's set-up or memory that no
limit counts are refused to all; a worker may in addition neither start processes nor open sockets.
"""

import errno
import functools
import socket
import tempfile

from .base import SandboxError

CLONE_THREAD, CLONE_NEWUSER = 0x10000, 0x10000000

# Other processes; namespaces and mounts; the kernel; handles that lead around paths.
REFUSED = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "process_madvise",
    "process_mrelease",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "acct",
    "swapon",
    "swapoff",
    "reboot",
    "sethostname",
    "setdomainname",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "quotactl",
    "syslog",
    "personality",
    "modify_ldt",
    "open_by_handle_at",
    "name_to_handle_at",
]

# Memory that belongs to no process, so that no limit sees it; and a second way to make any call.
ABSENT = [
    "memfd_create",
    "memfd_secret",
    "shmget",
    "msgget",
    "semget",
    "mq_open",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
]

WORKERS_TOO = [
    "fork",
    "vfork",
    "execve",
    "execveat",
    "kill",
    "tkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    # Landlock leaves modes, owners and times of files alone.
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "utimensat",
    "futimesat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
]


@functools.cache
def compile_filter(children: bool) -> bytes:
    """Compile the filter to BPF.

    Parameters
    ----------
    children : bool
        Whether the process may start others and use Unix sockets.

    Raises
    ------
    SandboxError
        If libseccomp is missing.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError) as error:
        raise SandboxError(
            f"no seccomp filter ({error}): on Debian or Ubuntu, apt install libseccomp2"
        ) from None
    rules = seccomp.SyscallFilter(seccomp.ALLOW)

    def refuse(names: list[str], code: int) -> None:
        for name in names:
            try:
                rules.add_rule(seccomp.ERRNO(code), name)
            except (ValueError, OSError):
                continue  # not a call of this architecture or of this libseccomp

    def refuse_socket(family: int, *more: object) -> None:
        arguments = (seccomp.Arg(0, seccomp.EQ, int(family)), *more)
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "socket", *arguments)

    refuse(REFUSED, errno.EPERM)
    refuse(ABSENT, errno.ENOSYS)
    # clone3 hides its flags in memory; without it the C library takes clone.
    refuse(["clone3"], errno.ENOSYS)
    if children:
        # Stream sockets stay: a Jupyter kernel binds one to loopback. Namespaces, or Landlock,
        # see to it that it leads nowhere.
        for family in (socket.AF_INET, socket.AF_INET6):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
                refuse_socket(family, seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, int(kind)))
        # It also lists the network's interfaces, which is protocol 0.
        refuse_socket(socket.AF_NETLINK, seccomp.Arg(2, seccomp.NE, 0))
        # Packets, and what no namespace holds: AF_VSOCK leads from a virtual machine to its host.
        beyond = seccomp.Arg(0, seccomp.GT, int(socket.AF_NETLINK))
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "socket", beyond)
        rules.add_rule(
            seccomp.ERRNO(errno.EPERM),
            "clone",
            seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER),
        )
    else:
        refuse(WORKERS_TOO, errno.EPERM)
        rules.add_rule(
            seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0)
        )
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
