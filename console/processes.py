"""Children that die with their parent, and how they are stopped.

Every server and program of `manage.py demo` is spawned here. Each becomes the leader of its own session, so a Ctrl-C in
the terminal reaches only the parent, which then stops its children in order. On Linux the kernel signals a child when the
thread that spawned it ends, even by `kill -9`; hence spawning is only allowed from the main thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartError(RuntimeError):
    """A server could not be started; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The account of the operating system that a server runs as."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account that root's servers drop to, or None for an ordinary user, who needs no other."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StartError(
        "PostgreSQL does not run as root, and there is neither an account `postgres` nor `nobody`. Run this as an ordinary user."
    )


def run_as(account: Account | None, command: Sequence[str | Path], *, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a short command as an account, with a clean environment, and return what it said."""
    return subprocess.run(  # noqa: S603 - commands are composed here, never by a user
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        cwd="/",
        env=clean_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that writes to a log file, or to our terminal, and receives `death_signal` when this process ends in any way.

    Raises:
        RuntimeError: when called outside the main thread, whose end the kernel would take for ours.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("spawn from the main thread: the death signal follows the spawning thread")
    with open_log_file(log) if log else contextlib.nullcontext() as output:
        return subprocess.Popen(  # noqa: S603 - commands are composed here, never by a user
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            env=clean_environment() if env is None else env,
            cwd=cwd or "/",
            start_new_session=True,
            preexec_fn=_tie_to_parent(os.getpid(), death_signal),  # noqa: PLW1509 - no other thread of ours holds a lock here
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM, *, grace: float = 30) -> int:
    """Ask a child to stop, kill it when it has not within `grace` seconds, and return its exit code."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
    sweep_group(process)
    return process.wait()


def sweep_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what an ended child has left behind in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing left, or on macOS only zombies
        os.killpg(process.pid, signal.SIGKILL)


def open_log_file(path: Path) -> IO[bytes]:
    """Open a log for appending; one that has grown past 10 MB is set aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def tail(path: Path, lines: int = 20) -> str:
    """Return the last lines of a log, indented, or a note that it is empty."""
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join("    " + line for line in text.splitlines()[-lines:]) or "    (empty)"


def clean_environment() -> dict[str, str]:
    """Return an environment without the caller's PG* and locale variables, which would change what a server does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _tie_to_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    prctl = _libc.prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent ended before the line above took effect
            os._exit(1)

    return tie
