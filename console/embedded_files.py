"""Where the embedded servers keep their files, and who may run them.

The state folder (`var/`, or `RECOURSE_VAR`) holds `postgres-<major>/`, `broker/`, `log/`, `run/` and the passwords. One
launcher at a time owns it by a lock that the kernel drops when the launcher ends. Root's servers run as another account; where
that account cannot reach the state folder (a checkout under `/root`), data and a copy of the binaries go to
`/var/lib/recourse/<hash of the folder>/` and no permission of the folder's parents is changed.

Sockets lie in a fresh private folder under `/tmp`, since the path of a socket may have only 107 bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from console.processes import Account, StartError, run_as, server_account

FALLBACK_HOME = Path("/var/lib/recourse")


def state_file(var: Path) -> Path:
    """Return the file in which a launcher says which servers run."""
    return var / "run" / "servers.json"


def read_state(var: Path) -> dict[str, Any]:
    """Return what the launcher of this folder wrote, or nothing where none ever ran."""
    try:
        return json.loads(state_file(var).read_bytes())
    except FileNotFoundError:
        return {}


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    with os.fdopen(fd, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


@dataclass
class Place:
    """One state folder, held by one launcher from `open()` to `close()`; `after_kill` when the last one never came to `close()`."""

    var: Path
    account: Account | None
    home: Path
    sockets: Path
    after_kill: bool
    _lock: IO[bytes] = field(repr=False)

    @classmethod
    def open(cls, var: Path) -> Place:
        """Take the state folder, making it where it does not exist.

        Raises:
            StartError: when another launcher holds it, or its database outlived it.
        """
        var = var.resolve()
        if not var.exists():
            var.mkdir(parents=True)
            var.chmod(0o711)  # the servers' account must pass through it; what is secret inside is closed by itself
        account, lock = server_account(), _take_lock(var)
        try:
            home = _home(var, account)
        except BaseException:
            lock.close()
            raise
        after_kill = state_file(var).exists()
        _remove_stale_sockets(var, account)
        place = cls(var, account, home, _socket_folder(account), after_kill, lock)
        place.announce(sockets=str(place.sockets))
        return place

    def close(self) -> None:
        """Forget the servers, remove the sockets' folder and give the lock back."""
        state_file(self.var).unlink(missing_ok=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self._lock.close()

    def announce(self, **facts: object) -> None:
        """Add to the state file what `running_urls()` and `broker_url()` read."""
        write_private(state_file(self.var), json.dumps(read_state(self.var) | facts))

    def folder(self, name: str) -> Path:
        """Return a folder under the home that the servers' account owns alone."""
        path = self.home / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Hand a file or folder to the servers' account."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def log(self, name: str) -> Path:
        """Return the log file of one child."""
        return self.var / "log" / f"{name}.log"


def can_reach(path: Path, account: Account | None) -> bool:
    """Tell whether an account can enter a folder; asked of the system, as modes alone do not tell."""
    return account is None or run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", path]).returncode == 0


def _take_lock(var: Path) -> IO[bytes]:
    path = var / "run" / "lock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StartError(
            f"Another process already runs the servers in {var}. Stop it, or choose another folder with RECOURSE_VAR."
        ) from None
    return lock


def _home(var: Path, account: Account | None) -> Path:
    if account is None or can_reach(var, account):
        return var
    home, note = FALLBACK_HOME / hashlib.sha256(str(var).encode()).hexdigest()[:12], var / "servers-elsewhere.txt"
    if home.exists() and not note.exists():
        raise StartError(f"{home} holds the database of an earlier {var}, whose keys are gone with it. Remove it to begin anew.")
    home.mkdir(parents=True, exist_ok=True)
    for folder in (FALLBACK_HOME, home):
        folder.chmod(0o711)
    note.write_text(f"The account {account.name} cannot enter this folder; the database lies in {home}\n")
    return home


def _socket_folder(account: Account | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="recourse-", dir="/tmp"))  # fresh, 0700 and short; $TMPDIR may be long
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def _remove_stale_sockets(var: Path, account: Account | None) -> None:
    """Remove what a killed launcher left, if it is still a folder of the servers' account."""
    old = Path(read_state(var).get("sockets", "/nowhere"))
    if old.is_dir() and not old.is_symlink() and old.stat().st_uid == (account.uid if account else os.geteuid()):
        shutil.rmtree(old, ignore_errors=True)
