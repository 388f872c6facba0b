"""What tests of real servers share: a folder those can enter, and whether a process still runs."""

import tempfile
import time
from pathlib import Path


def folder_for_servers():
    """Unlike tmp_path, root's servers can pass through it as another account."""
    folder = Path(tempfile.mkdtemp(prefix="recourse-test-"))
    folder.chmod(0o711)
    return folder


def alive(pid):
    """A zombie is not alive: its parent was killed and nobody may have collected it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_end(pids, seconds=20):
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "children outlived their launcher"
        time.sleep(0.05)
