"""The keys of the log, as files: one that signs checkpoints, one that signs receipts, one that signs the manifests of exports.

They lie in `KEYS_DIR` (mode 0700, each private file 0600), never in the database, settings or environment. The log key is the
sequencer's alone; web processes hold only the receipt key, which is therefore another one. Beside each `<kind>.key` stands
`<kind>.vkey`, its public half, which whoever verifies reads instead. A key is made once and never overwritten: losing one means a new
origin, for a log that signs anew what it signed before is the very thing that must not happen.

The log key is rotated by making the next one (`log-2.key`), which an entry announces. From then on both sign every checkpoint, until the
older one is retired: its private half is deleted, its public half stays, since old checkpoints carry its signature alone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import rfc8785
from django.conf import settings

from moderation.audit import origins
from moderation.audit.entries import canonical
from moderation.audit.notes import (
    COSIGNATURE,
    ED25519,
    KEY_BYTES,
    NoteError,
    Signature,
    Signer,
    Verifier,
    decode,
    encode,
    parse_skey,
    parse_vkey,
)

LOG = "log"
RECEIPT = "receipt"
EXPORT = "export"
WITNESS = "witness"
RECEIPT_PREFIX = "recourse-receipt/v1\n"
CERTIFICATE_PREFIX = "recourse-erasure/v1\n"


Key = TypeVar("Key", Signer, Verifier)


class KeyUnusable(Exception):
    """A key is missing, exists already, is open to others, or belongs to another log."""


def folder() -> Path:
    """Return where the keys of the log lie."""
    return origins.current().folder


def name_of(kind: str) -> str:
    """Return the name of a key: the origin itself for the log's, a name under it for the receipts'."""
    origin = origins.current().name
    return origin if kind == LOG else f"{origin}/{kind}"


def make(kind: str, name: str = "") -> Verifier:
    """Make a key and return its public half; a witness's key takes a name. Raises KeyUnusable where there is one already."""
    return _make(kind, Signer(name or name_of(kind), secrets.token_bytes(KEY_BYTES), COSIGNATURE if kind == WITNESS else ED25519))


def make_next_log_key() -> Verifier:
    """Make the key that will follow the newest log key, and return its public half; both sign from now on. Raises KeyUnusable."""
    number = _number(_log_files("key")[-1]) + 1
    return _make(f"{LOG}-{number}", Signer(name_of(LOG), secrets.token_bytes(KEY_BYTES)))


def retiring_log_key() -> Verifier:
    """Return the public half of the oldest of several log keys, the next to be retired; raises KeyUnusable where there is but one."""
    oldest, *others = log_signers()
    if not others:
        raise KeyUnusable("this is the only log key: make the next one first")
    return oldest.verifier


def delete_log_key(verifier: Verifier) -> None:
    """Delete the private half of a log key; its public half stays."""
    for path in _log_files("key"):
        if _read_signer(path).verifier == verifier:
            path.unlink()
            _sync_folder(path.parent)


def _make(stem: str, signer: Signer) -> Verifier:
    if not _write_once(_path(stem, "key"), signer.skey + "\n"):
        raise KeyUnusable(f"there is a {stem} key already, and a key is never overwritten")
    replace_file(_path(stem, "vkey"), signer.verifier.vkey + "\n")
    return signer.verifier


def ensure_keys() -> None:
    """Make the keys that are missing; safe to call by several processes at once."""
    for kind in (LOG, RECEIPT, EXPORT):
        if kind == LOG and _path(LOG, "vkey").exists():
            continue  # a retired first key leaves its public half alone
        signer = Signer(name_of(kind), secrets.token_bytes(KEY_BYTES))
        _write_once(_path(kind, "key"), signer.skey + "\n")
        replace_file(_path(kind, "vkey"), _signer(kind).verifier.vkey + "\n")


def log_signers() -> list[Signer]:
    """Return the keys that sign checkpoints, the oldest first: two during a rotation; raises KeyUnusable."""
    return [_own(_read_signer(path), LOG) for path in _log_files("key")]


def log_verifiers() -> list[Verifier]:
    """Return the public halves of all log keys that ever signed, the oldest first; raises KeyUnusable."""
    return [_own(parse_vkey(path.read_text().strip()), LOG) for path in _log_files("vkey")]


def log_verifier() -> Verifier:
    """Return the public half of the newest log key; raises KeyUnusable."""
    return log_verifiers()[-1]


def export_signer() -> Signer:
    """Return the key that signs the manifests of bundles; raises KeyUnusable."""
    return _own(_cached_signer(_path(EXPORT, "key")), EXPORT)


def witness_signer(path: Path) -> Signer:
    """Return the key with which a witness cosigns; raises KeyUnusable."""
    signer = _read_signer(path)
    if signer.kind != COSIGNATURE:
        raise KeyUnusable(f"the key at {path} does not cosign")
    return signer


Receipt = dict[str, str | int]


def receipts() -> Callable[[Mapping[str, str | int]], Receipt]:
    """Return what signs the receipts of one transaction: which log and which key they are of is found out once.

    A receipt is the given fields, what every receipt states, and the receipt key's signature over their canonical JSON. Whoever asks has
    made sure that no log follows this one (`followed.py`). Raises KeyUnusable.
    """
    signer = _own(_receipt_signer(str(folder())), RECEIPT)
    stated: Receipt = {
        "v": 1,
        "origin": origins.current().name,
        "mmd": settings.MERGE_DELAY_SECONDS,
        "key_id": signer.verifier.key_id.hex(),
    }

    def sign(fields: Mapping[str, str | int]) -> Receipt:
        receipt = {**fields, **stated}
        return receipt | {"sig": encode(signer.sign(RECEIPT_PREFIX + canonical(receipt).decode()).value)}

    return sign


def sign_receipt(fields: Mapping[str, str | int]) -> Receipt:
    """Return one receipt; see `receipts`."""
    return receipts()(fields)


def sign_certificate(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the certificate of an erasure: the given fields, the log it belongs to, and the receipt key's signature over all of it.

    Whoever asks has made sure that no log follows this one (`followed.py`). Raises KeyUnusable.
    """
    signer = _own(_receipt_signer(str(folder())), RECEIPT)
    certificate = {**fields, "v": 1, "origin": origins.current().name, "key_id": signer.verifier.key_id.hex()}
    return certificate | {"signature": encode(signer.sign(CERTIFICATE_PREFIX + rfc8785.dumps(certificate).decode()).value)}


def verify_certificate(certificate: Mapping[str, Any], verifier: Verifier | None = None) -> bool:
    """Return whether a certificate was signed by the receipt key (by default our own) exactly as it stands."""
    return _holds(certificate, "signature", CERTIFICATE_PREFIX, verifier)


def _holds(signed: Mapping[str, Any], member: str, prefix: str, verifier: Verifier | None) -> bool:
    key = verifier or _receipt_verifier(signed.get("origin"))
    try:
        signature = Signature(key.name, key.key_id, decode(str(signed[member])))
        text = prefix + rfc8785.dumps({name: value for name, value in signed.items() if name != member}).decode()
    except (KeyError, NoteError, rfc8785.CanonicalizationError):
        return False
    return signed.get("key_id") == key.key_id.hex() and key.accepts(text, signature)


def _receipt_verifier(origin: object) -> Verifier:
    """Return the key of receipts of the log with this name; the newest log's where none has it."""
    with origins.at((origins.named(str(origin)) or origins.newest()).number):
        return verifier_of(RECEIPT)


@lru_cache(maxsize=4)
def _receipt_signer(folder: str) -> Signer:
    return _read_signer(Path(folder) / f"{RECEIPT}.key")


def verify_receipt(receipt: Mapping[str, Any], verifier: Verifier | None = None) -> bool:
    """Return whether a receipt was signed by the receipt key (by default our own) exactly as it stands."""
    return _holds(receipt, "sig", RECEIPT_PREFIX, verifier)


def replace_file(path: Path, text: str | bytes) -> None:
    """Write a file so that a crash leaves the old or the new text, whole and on disk."""
    temporary = _write_temporary(path, text.encode() if isinstance(text, str) else text)
    temporary.replace(path)
    _sync_folder(path.parent)


def _path(kind: str, suffix: str) -> Path:
    return folder() / f"{kind}.{suffix}"


def _log_files(suffix: str) -> list[Path]:
    found = [*folder().glob(f"{LOG}.{suffix}"), *folder().glob(f"{LOG}-*.{suffix}")]
    if not found:
        raise KeyUnusable(f"there is no key at {_path(LOG, suffix)}: setup makes those of a new installation, audit_keygen others")
    return sorted(found, key=_number)


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2] or 1)


def _signer(kind: str) -> Signer:
    return _own(_read_signer(_path(kind, "key")), kind)


def _own(key: Key, kind: str) -> Key:
    if key.name != name_of(kind):
        raise KeyUnusable(f"the {kind} key belongs to {key.name}, not to {name_of(kind)}")
    return key


def _read_signer(path: Path) -> Signer:
    if not path.exists():
        raise KeyUnusable(f"there is no key at {path}: setup makes those of a new installation, audit_keygen others")
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"the key at {path} is open to others: its mode must be 0600")
    return parse_skey(path.read_text().strip())


@lru_cache(maxsize=2)
def _cached_signer(path: Path) -> Signer:
    return _read_signer(path)


def verifier_of(kind: str) -> Verifier:
    """Return the public half of the receipt or export key; raises KeyUnusable."""
    path = _path(kind, "vkey")
    if not path.exists():
        raise KeyUnusable(f"there is no public key at {path}: setup makes those of a new installation, audit_keygen others")
    return _own(parse_vkey(path.read_text().strip()), kind)


def _write_once(path: Path, text: str) -> bool:
    """Write a file unless there is one; returns whether it did. A link appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return False
    temporary = _write_temporary(path, text.encode())
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _write_temporary(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
