"""Confinement: what a kernel's process is kept from, set by itself before it runs a line of user code.

Five fences: **no capabilities** (bounding and ambient sets too, with
no-new-privileges), **Landlock** (read and execute below the interpreter and the system's libraries, write
only in the kernel's own directory; signals and abstract sockets end at its edge), a **view of its own on
the mounts** (everything read-only but its directory; a private /dev/shm), **a filter of system calls** and
**rlimits**. Landlock does not judge `chmod` and other changes of metadata: the read-only mounts do. Nor does it
judge `prlimit` and its like on other processes of the same user, or Unix sockets in the file system: the filter does.

Promise: holds for a server that runs as root. `threads` of the caller: one, for Landlock binds the calling
thread and what it starts later.
Left alone: the network, which data connections need; the size of what a kernel writes to disk.
Sources: https://docs.kernel.org/userspace-api/landlock.html, man 2 mount_setattr, man 7 capabilities
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

# --- system calls that Python has no name for -------------------------------------------------------

_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_MOUNT_SETATTR = 442

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4

_CLONE_NEWNS, _CLONE_NEWUSER = 0x0002_0000, 0x1000_0000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 1


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(option, *padded), f"prctl({option})")


# --- Landlock ---------------------------------------------------------------------------------------

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_IOCTL_DEV = 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14) | _IOCTL_DEV
"""The rights that mean something for what is no directory."""
_FIRST_VERSION = (1 << 13) - 1
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2

_READING = _EXECUTE | _READ_FILE | _READ_DIR

_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store",
    # Of /etc by name only what libraries ask for: private keys and password hashes lie there too.
    *(f"/etc/{name}" for name in (
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "hosts", "host.conf", "resolv.conf", "nsswitch.conf", "gai.conf",
        "services", "protocols", "passwd", "group", "localtime", "timezone", "locale.alias", "locale.conf",
        "mime.types",
        "ssl/certs", "ssl/openssl.cnf", "ssl/cert.pem", "ca-certificates", "ca-certificates.conf", "pki/tls/certs",
        "pki/ca-trust", "crypto-policies", "fonts", "alternatives", "os-release", "lsb-release", "debian_version",
        "odbc.ini", "odbcinst.ini", "freetds", "krb5.conf", "terminfo", "inputrc", "shells", "magic",
    )),
    "/var/cache/fontconfig",
    # What libraries read to learn how large the machine is. No list of processes: it names other people's work.
    *(f"/proc/{name}" for name in (
        "cpuinfo", "meminfo", "stat", "version", "filesystems", "loadavg", "uptime", "sys/kernel", "sys/vm",
        "sys/net/core",
    )),
    "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def landlock_version() -> int:
    """The version of Landlock that this system offers; 0 = none."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def readable_roots() -> tuple[Path, ...]:
    """Where the interpreter, its packages and this package live; every kernel may read below them."""
    roots = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)}
    roots.add(Path(sys.executable).resolve().parent)
    # An editable installation lies outside of the prefixes. `src`, never the repository around it.
    source = Path(__file__).resolve().parent.parent
    if not any(source.is_relative_to(root) for root in roots):
        roots.add(source)
    return tuple(sorted(roots - {Path("/")}))


def exposed(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those of the paths that every kernel could read, because they lie below the interpreter or the system."""
    roots = [root.resolve() for root in (*readable_roots(), *map(Path, _SYSTEM)) if root.exists()]
    return tuple(path for path in paths if any(path.resolve().is_relative_to(root) for root in roots))


class Grounds:
    """The paths that every kernel may read, opened once in the zygote, so that a child has only its own to open."""

    def __init__(self, also_readable: Iterable[Path] = ()) -> None:
        self.landlock = landlock_version()
        self._rules: list[bytes] = []
        """As the system takes them, each with a descriptor that stays open."""
        if not self.landlock:
            return
        for path in (*readable_roots(), *also_readable, *map(Path, _SYSTEM)):
            self._open(path, _READING)
        for name in _DEVICES:
            self._open(Path(name), _READ_FILE | _WRITE_FILE | _IOCTL_DEV)

    def _open(self, path: Path, rights: int) -> None:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return  # what is not there need not be allowed
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        self._rules.append(struct.pack("=Qi", rights & self.handled, descriptor))

    @property
    def handled(self) -> int:
        """All rights that this system's Landlock knows: what is not allowed is refused."""
        rights = _FIRST_VERSION
        if self.landlock >= 2:
            rights |= _REFER
        if self.landlock >= 3:
            rights |= _TRUNCATE
        if self.landlock >= 5:
            rights |= _IOCTL_DEV
        return rights

    def enforce(self, *, writes: Iterable[Path], reads: Iterable[Path]) -> None:
        """Restrict this process, and all that it starts, to the grounds and to these paths; not to be undone."""
        if not self.landlock:
            return
        scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if self.landlock >= 6 else 0
        attributes = struct.pack("=QQQ", self.handled, 0, scoped)
        size = 24 if self.landlock >= 6 else 16 if self.landlock >= 4 else 8
        ruleset = _check(
            _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0)),
            "landlock_create_ruleset",
        )
        for path in writes:
            self._open(path, self.handled)
        for path in reads:
            self._open(path, _READING)
        # Only this very process's own entry: it can read its maps and status, and no other's.
        self._open(Path("/proc/self"), _READ_FILE | _READ_DIR | _WRITE_FILE)
        no_flags = ctypes.c_uint32(0)
        for rule in self._rules:
            _check(_libc.syscall(_LANDLOCK_ADD_RULE, ruleset, 1, rule, no_flags), "landlock_add_rule")
        _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, no_flags), "landlock_restrict_self")
        os.close(ruleset)


# --- mounts -----------------------------------------------------------------------------------------


def _set_read_only(path: bytes, read_only: bool, *, recursive: bool) -> None:
    on, off = (_MOUNT_ATTR_RDONLY, 0) if read_only else (0, _MOUNT_ATTR_RDONLY)
    attributes = struct.pack("=QQQQ", on, off, 0, 0)
    _check(
        _libc.syscall(
            _MOUNT_SETATTR,
            _AT_FDCWD,
            path,
            ctypes.c_uint(_AT_RECURSIVE if recursive else 0),
            attributes,
            ctypes.c_size_t(32),
        ),
        "mount_setattr",
    )


def _mount(source: bytes | None, target: bytes, kind: bytes | None, flags: int, data: bytes | None = None) -> None:
    _check(_libc.mount(source, target, kind, ctypes.c_ulong(flags), data), f"mount on {target.decode()}")


def own_mounts(directory: Path, writes: Iterable[Path], memory: int) -> None:
    """See everything as read-only but the directory and `writes`, and have a /dev/shm of one's own. Needs
    CAP_SYS_ADMIN."""
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, b"/", None, _MS_REC | _MS_PRIVATE)
    writable = [os.fsencode(path) for path in (directory, *writes)]
    for path in writable:
        _mount(path, path, None, _MS_BIND | _MS_REC)
    _set_read_only(b"/", True, recursive=True)
    for path in writable:
        _set_read_only(path, False, recursive=True)
    _mount(b"tmpfs", b"/dev/shm", b"tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, b"mode=0700,size=%d" % memory)


def _enter_user_namespace() -> None:
    """Become able to change one's own view of the mounts without being root; ids stay what they are."""
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def prepare_own_mounts() -> bool:
    """Whether children of this process can have mounts of their own; by a user namespace where it takes one.

    Tried in children first, which end at once: a namespace that was entered half way cannot be left.
    """
    if _in_child(_try_mounts):
        return True
    if not _in_child(_enter_user_namespace, _try_mounts):
        return False
    _enter_user_namespace()
    return True


def _try_mounts() -> None:
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, b"/", None, _MS_REC | _MS_PRIVATE)
    _set_read_only(b"/", True, recursive=True)
    _mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0)


def _in_child(*steps: Callable[[], None]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            for step in steps:
                step()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


# --- system calls -----------------------------------------------------------------------------------

_EPERM, _EACCES, _ENOSYS = 1, 13, 38

# What one user's processes may do to each other by number alone, x86_64 and aarch64. 0 = the caller itself.
_ONLY_TO_ITSELF = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}
_SETPRIORITY, _IOPRIO_SET = (141, 140), (251, 30)
_SOCKET, _CLONE, _UNSHARE = (41, 198), (56, 220), (272, 97)
# Shared by all processes of one user (keyrings, System V and POSIX queues), or only there to reach into the system.
_NEVER = {
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "setns": (308, 268),
}  # fmt: skip
# Answered as by an older Linux: callers have another way.
_UNKNOWN = {"clone3": (435, 435), "io_uring_setup": (425, 425)}

_AUDIT_ARCH = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}
_SECCOMP = (317, 277)


def _filter_program(machine: str) -> bytes | None:
    """A classic BPF program that refuses the above and allows all else; None for a machine without a table."""
    if machine not in _AUDIT_ARCH:
        return None
    column, architecture = _AUDIT_ARCH[machine]

    def load(offset: int) -> bytes:
        return struct.pack("=HBBI", 0x20, 0, 0, offset)

    def argument(index: int) -> bytes:
        return load(16 + 8 * index)

    def if_equal(value: int, yes: int, no: int) -> bytes:
        return struct.pack("=HBBI", 0x15, yes, no, value)

    def if_bits(value: int, yes: int, no: int) -> bytes:
        return struct.pack("=HBBI", 0x45, yes, no, value)

    def fail(code: int) -> bytes:
        return struct.pack("=HBBI", 0x06, 0, 0, 0x0005_0000 | code)

    allow = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF_0000)

    def on(number: int, *block: bytes) -> bytes:
        body = b"".join(block)
        return if_equal(number, 0, len(body) // 8) + body

    # Another architecture's calls (32 bit) have other numbers, so none of them is let through.
    program = load(4) + if_equal(architecture, 1, 0) + fail(_ENOSYS) + load(0)
    if machine == "x86_64":
        program += struct.pack("=HBBI", 0x35, 0, 1, 0x4000_0000) + fail(_ENOSYS)
    for numbers in _NEVER.values():
        program += on(numbers[column], fail(_EPERM))
    for numbers in _UNKNOWN.values():
        program += on(numbers[column], fail(_ENOSYS))
    for numbers in _ONLY_TO_ITSELF.values():
        program += on(numbers[column], argument(0), if_equal(0, 1, 0), fail(_EPERM), allow)
    for number, itself in ((_SETPRIORITY[column], 0), (_IOPRIO_SET[column], 1)):
        program += on(number, argument(0), if_equal(itself, 0, 2), argument(1), if_equal(0, 1, 0), fail(_EPERM), allow)
    # AF_UNIX: /run/docker.sock or a database that trusts this user is more than a kernel may have. socketpair stays.
    program += on(_SOCKET[column], argument(0), if_equal(1, 0, 1), fail(_EACCES), allow)
    for number in (_CLONE[column], _UNSHARE[column]):
        # A user namespace would give back capabilities, on a part of the kernel that few have looked at.
        program += on(number, argument(0), if_bits(0x1000_0000, 0, 1), fail(_EPERM), allow)
    return program + allow


def filters_system_calls() -> bool:
    """Whether there is a filter for this machine."""
    return os.uname().machine in _AUDIT_ARCH


def system_call_filter() -> Callable[[], None]:
    """The filter, made before the fork. What it answers puts it on: the above is refused from there on, for the process
    and all that it starts. After no-new-privileges."""
    machine = os.uname().machine
    program = _filter_program(machine)
    if program is None:
        return lambda: None
    code = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    number = _SECCOMP[_AUDIT_ARCH[machine][0]]

    def put_on(_: object = code) -> None:  # which must live as long as this does
        # 4: no slow-down for speculation, which a browser's tabs need and a process of its own does not.
        _check(_libc.syscall(number, 1, 4, description), "seccomp")

    return put_on


# --- privileges, limits, marks ----------------------------------------------------------------------


def bound_capabilities() -> None:
    """No program that this process or a child of it starts has a capability: the ambient and the bounding set are empty
    from here on. What the process itself may do stays."""
    try:
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
        for capability in range(64):
            _prctl(_PR_CAPBSET_DROP, capability)
    except OSError:
        pass  # past the last one, or (EPERM) there is nothing to be dropped


def drop_capabilities() -> None:
    """Give up every capability for good: effective, permitted and inheritable. After `bound_capabilities`, which the
    zygote does once for all."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = struct.pack("=Ii", 0x2008_0522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


_RLIMIT_LOCKS = 10


def wear_mark(mark: int) -> None:
    """Put a number on this process and all its descendants that no process of user code can take off.

    It is the hard limit of RLIMIT_LOCKS, which Linux has ignored since 2.4, yet keeps over fork and exec and
    shows in /proc/PID/limits. Without CAP_SYS_RESOURCE it can only be lowered, and whoever lowers it cannot
    guess the (random) mark of another kernel. Neither session, group, environment nor parent holds as well.
    """
    resource.setrlimit(_RLIMIT_LOCKS, (mark, mark))


def mark_of(pid: int) -> int | None:
    """The mark of a process; None where it has none, or is gone."""
    try:
        limits = Path(f"/proc/{pid}/limits").read_bytes()
    except OSError:
        return None
    for line in limits.splitlines():
        if line.startswith(b"Max file locks"):
            hard = line.split()[4]
            return None if hard == b"unlimited" else int(hard)
    return None


def children_of(pid: int) -> list[int]:
    """The process ids of a process's children; [] once it is gone."""
    found: list[int] = []
    try:
        threads = [path.name for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return found
    for thread in threads:
        try:
            found.extend(map(int, Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split()))
        except OSError:
            continue
    return found


def mapped_memory() -> int:
    """Bytes that count towards RLIMIT_DATA by now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def set_limits(memory: int, mapped: int) -> None:
    """Bound what one process may take. The host watches the sum over all of them, and what is really used.

    RLIMIT_DATA counts what was `mapped` before the fork and what is reserved but never touched, so it stands above
    the kernel's limit: a single huge allocation becomes a MemoryError in the cell, slow growth is the host's.
    """
    _limit(resource.RLIMIT_DATA, mapped + memory + memory // 4)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 4096)
    # Counts all processes of the user, and root is exempt: a brake for accidents, no fence.
    _limit(resource.RLIMIT_NPROC, 8192)


def _limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))


def become_subreaper() -> None:
    """Descendants whose parent ended become children of this process, wherever they went."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """End with the parent. Credential changes clear this, so it comes last; the parent may have ended before it."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def become_undumpable() -> None:
    """No process of the same user, kernels' descendants included, may read this one's memory or environment."""
    _prctl(_PR_SET_DUMPABLE, 0)
