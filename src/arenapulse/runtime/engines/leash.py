"""Becomes another program that cannot outlive the process which started it.

Run as a script (`python -I -S leash.py parent uid gid signal -- program …`), never imported: a
fresh interpreter may fork and change its user freely, which a `preexec_fn` inside a server that has
threads may not. The process id stays the same, since the program replaces the interpreter.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG = 1
KEEP_ACCOUNT = -1
WATCH_EVERY_SECONDS = 0.3
EXIT_ORPHANED = 97
EXIT_NOT_STARTED = 127


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drop_to(uid: int, gid: int) -> None:
    if uid == KEEP_ACCOUNT:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _tie_by_kernel(death_signal: int) -> None:
    # After the change of user, because that change clears the setting.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def _tie_by_watcher(parent: int, death_signal: int) -> None:
    """Where the kernel has no parent-death signal (macOS), a detached process polls instead."""
    watched = os.getpid()
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    os.closerange(0, os.sysconf("SC_OPEN_MAX") if sys.platform != "darwin" else 1024)
    # Ends with either of the two processes, so the loop lasts as long as the engine at most.
    while _alive(watched):
        if not _alive(parent):
            os.kill(watched, death_signal)
            os._exit(0)
        time.sleep(WATCH_EVERY_SECONDS)
    os._exit(0)


def main(argv: list[str]) -> int:
    head, program = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    parent, uid, gid, death_signal = (int(word) for word in head[:4])
    try:
        _drop_to(uid, gid)
        if sys.platform == "linux" and "watch" not in head:
            _tie_by_kernel(death_signal)
        else:
            _tie_by_watcher(parent, death_signal)
    except OSError as failure:
        sys.stderr.write(f"leash: {failure}\n")
        return EXIT_NOT_STARTED
    # The parent may have died before the line above; nothing would then ever send the signal.
    if os.getppid() != parent:
        return EXIT_ORPHANED
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming it is the point
    except OSError as failure:
        sys.stderr.write(f"leash: {program[0]}: {failure}\n")
        return EXIT_NOT_STARTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
