"""The keys of the log, as files: one that signs checkpoints, one that signs receipts.

They lie in `KEYS_DIR` (mode 0700, each private file 0600), never in the database, settings or environment. The log key is the
sequencer's alone; web processes hold only the receipt key, which is therefore another one. Beside each `<kind>.key` stands
`<kind>.vkey`, its public half, which whoever verifies reads instead. A key is made once and never overwritten: losing one means a new
origin, for a log that signs anew what it signed before is the very thing that must not happen.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import rfc8785
from django.conf import settings

from moderation.audit.notes import KEY_BYTES, NoteError, Signature, Signer, Verifier, decode, encode, parse_skey, parse_vkey

LOG = "log"
RECEIPT = "receipt"
RECEIPT_PREFIX = "recourse-receipt/v1\n"


class KeyUnusable(Exception):
    """A key is missing, exists already, is open to others, or belongs to another log."""


def folder() -> Path:
    """Return where the keys lie."""
    return Path(settings.KEYS_DIR)


def name_of(kind: str) -> str:
    """Return the name of a key: the origin itself for the log's, a name under it for the receipts'."""
    return settings.LOG_ORIGIN if kind == LOG else f"{settings.LOG_ORIGIN}/{kind}"


def make(kind: str) -> Verifier:
    """Make a key and return its public half; raises KeyUnusable where there is one already."""
    signer = Signer(name_of(kind), secrets.token_bytes(KEY_BYTES))
    if not _write_once(_path(kind, "key"), signer.skey + "\n"):
        raise KeyUnusable(f"there is a {kind} key already, and a key is never overwritten")
    replace_file(_path(kind, "vkey"), signer.verifier.vkey + "\n")
    return signer.verifier


def ensure_keys() -> None:
    """Make the keys that are missing; safe to call by several processes at once."""
    for kind in (LOG, RECEIPT):
        signer = Signer(name_of(kind), secrets.token_bytes(KEY_BYTES))
        _write_once(_path(kind, "key"), signer.skey + "\n")
        replace_file(_path(kind, "vkey"), _signer(kind).verifier.vkey + "\n")


def log_signer() -> Signer:
    """Return the key that signs checkpoints; raises KeyUnusable."""
    return _signer(LOG)


def log_verifier() -> Verifier:
    """Return the public half of the log key; raises KeyUnusable."""
    return _verifier(LOG)


def sign_receipt(fields: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return a receipt: the given fields, what every receipt states, and the receipt key's signature over their canonical JSON."""
    signer = _cached_signer(_path(RECEIPT, "key"))
    receipt = {
        **fields,
        "v": 1,
        "origin": settings.LOG_ORIGIN,
        "mmd": settings.MERGE_DELAY_SECONDS,
        "key_id": signer.verifier.key_id.hex(),
    }
    return receipt | {"sig": encode(signer.sign(_receipt_text(receipt)).value)}


def verify_receipt(receipt: Mapping[str, Any], verifier: Verifier | None = None) -> bool:
    """Return whether a receipt was signed by the receipt key (by default our own) exactly as it stands."""
    key = verifier or _verifier(RECEIPT)
    try:
        signature = Signature(key.name, key.key_id, decode(str(receipt["sig"])))
        text = _receipt_text({name: value for name, value in receipt.items() if name != "sig"})
    except (KeyError, NoteError, rfc8785.CanonicalizationError):
        return False
    return receipt.get("key_id") == key.key_id.hex() and key.accepts(text, signature)


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old or the new text, whole and on disk."""
    temporary = _write_temporary(path, text)
    temporary.replace(path)
    _sync_folder(path.parent)


def _receipt_text(fields: Mapping[str, Any]) -> str:
    return RECEIPT_PREFIX + rfc8785.dumps(dict(fields)).decode()


def _path(kind: str, suffix: str) -> Path:
    return folder() / f"{kind}.{suffix}"


def _signer(kind: str) -> Signer:
    signer = _read_signer(_path(kind, "key"))
    if signer.name != name_of(kind):
        raise KeyUnusable(f"the {kind} key belongs to {signer.name}, not to {name_of(kind)}")
    return signer


def _read_signer(path: Path) -> Signer:
    if not path.exists():
        raise KeyUnusable(f"there is no key at {path}: make one with audit_keygen")
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"the key at {path} is open to others: its mode must be 0600")
    return parse_skey(path.read_text().strip())


@lru_cache(maxsize=2)
def _cached_signer(path: Path) -> Signer:
    return _read_signer(path)


def _verifier(kind: str) -> Verifier:
    path = _path(kind, "vkey")
    if not path.exists():
        raise KeyUnusable(f"there is no public key at {path}: make one with audit_keygen")
    verifier = parse_vkey(path.read_text().strip())
    if verifier.name != name_of(kind):
        raise KeyUnusable(f"the {kind} key belongs to {verifier.name}, not to {name_of(kind)}")
    return verifier


def _write_once(path: Path, text: str) -> bool:
    """Write a file unless there is one; returns whether it did. A link appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return False
    temporary = _write_temporary(path, text)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _write_temporary(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
