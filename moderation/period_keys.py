"""The secret keys of periods, as files of mode 0600 under `KEYS_DIR`, apart from the database that holds their hashes.

A key is made and on disk before anything commits that uses it, and it is never overwritten. Once its period is over it is published in the
log; until then only whoever can read this folder can recompute the draw.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from moderation.models import PeriodKey

KEY_BYTES = 32


def secret(period: str) -> bytes:
    """Return the key of a period; raises FileNotFoundError where it is not kept here."""
    return _read(Path(settings.KEYS_DIR), period)


def made(period: str) -> bytes:
    """Return the key of a period, made where there is none."""
    path = _path(Path(settings.KEYS_DIR), period)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(fd, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


def known(period: PeriodKey) -> bytes | None:
    """Return the published key of a period, else the one kept here, None where it is neither."""
    if period.revealed_key:
        return bytes.fromhex(period.revealed_key)
    try:
        return secret(period.period)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=24)
def _read(folder: Path, period: str) -> bytes:
    return _path(folder, period).read_bytes()


def _path(folder: Path, period: str) -> Path:
    return folder / f"period-{period}.key"
