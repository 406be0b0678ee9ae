"""Shuts a process in that reads what strangers sent: no network, no other program, no look into other processes.

A part of the program is closed to the others besides: one that was taken over reads neither their memory nor settings.

A decoder that was taken over can then only answer wrongly. A seccomp filter (Linux, x86-64 and ARM64) holds for all
threads of the process from then on and cannot be taken off; elsewhere systemd's sandbox is what there is.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import resource
import struct
import sys

from bot.logs import turn_log

# include/uapi/linux/prctl.h, seccomp.h, filter.h, audit.h
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 38, 1, 1
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NUMBER_AT, MACHINE_AT = 0, 4
X32 = 0x40000000
# Of socket(2) the kind is the first argument: between processes of this machine (AF_UNIX) is no network.
FIRST_ARGUMENT_AT, AF_UNIX = 16, 1
# Machine, number of seccomp itself, and what is refused: socket, connect, bind, listen, accept, accept4, execve,
# execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, bpf, keyctl, userfaultfd, kcmp, mount, unshare.
MACHINES = {
    "x86_64": (
        0xC000003E,
        317,
        (41, 42, 49, 50, 43, 288, 59, 322, 101, 310, 311, 425, 321, 250, 323, 312, 165, 272),
    ),
    "aarch64": (
        0xC00000B7,
        277,
        (198, 203, 200, 201, 202, 242, 221, 281, 117, 270, 271, 425, 280, 219, 282, 272, 40, 97),
    ),
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


# Where socket stands in what is refused, and what follows after calls to a network and to other programs.
SOCKET, BEHIND_PROGRAMS = 0, 8


def shut_in(programs: bool = False) -> bool:
    """Shut this process in; False, said once in the log, where the machine knows no such filter.

    Args:
        programs: it may start others, as LibreOffice, which are shut in as it is: no network, no look into others.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what it was reading when it died is nobody's
    known = sys.platform == "linux" and platform.machine() in MACHINES
    done = known and _filtered(*MACHINES[platform.machine()], programs)
    if not done:
        turn_log.warning("no sandbox", machine=platform.machine())
    return done


def close_to_others() -> None:
    """Let no other process of this account read this one's memory and environment, and no core be written."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _filtered(machine: int, seccomp: int, refused: tuple[int, ...], programs: bool) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    code = _code(machine, refused[BEHIND_PROGRAMS:], refused[SOCKET]) if programs else _code(machine, refused)
    program = _Program(len(code) // 8, code)
    flags = SECCOMP_FILTER_FLAG_TSYNC
    return bool(library.syscall(seccomp, SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(program)) == 0)


def _code(machine: int, refused: tuple[int, ...], socket: int | None = None) -> bytes:
    """The filter in classic BPF: of another machine's calls none, of this one's all but the refused.

    Args:
        socket: number of the call that is refused for a network and allowed between processes of this machine.
    """

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    count = len(refused)
    last = [step(RETURN, ALLOW), step(RETURN, REFUSE)]
    if socket is not None:  # before the last two: of this call the first argument decides
        last = [step(EQUAL, socket, 0, 2), step(LOAD, FIRST_ARGUMENT_AT), step(EQUAL, AF_UNIX, 0, 1), *last]
    to_refuse = count + len(last) - 1
    steps = [step(LOAD, MACHINE_AT), step(EQUAL, machine, 0, to_refuse + 2), step(LOAD, NUMBER_AT)]
    steps.append(step(AT_LEAST, X32, to_refuse, 0))
    steps += [step(EQUAL, number, to_refuse - 1 - at, 0) for at, number in enumerate(refused)]
    return b"".join([*steps, *last])
