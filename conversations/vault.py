"""Sealed content: compressed, encrypted, and erased by destroying one key.

Every text from a stranger is sealed under a data key of its own (AES-256-GCM, random nonce), which is wrapped by the key-encryption
key of the person it is about. Those keys lie in a store of their own beside the database, so that neither a backup of the database
nor its write-ahead log can open what was erased. A key is durable in the store before the row that needs it commits: the reverse order
would lose content in a crash, this one leaves at worst an unused key.

The additional data binds a blob to its place (surface, conversation, version): moved elsewhere it no longer opens.

2026-11: the store is SQLite with `secure_delete`, in rollback-journal mode, for a batch of thousands of new people is then one fsync, and
a destroyed key is overwritten with zeroes; the journal is truncated and not deleted, which spares syncing the folder. A KMS would take
its place behind the same four methods.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from conversations.chance import token_bytes
from conversations.tree import Turn

FORMAT, BRIEF = b"\x01", b"\x02"
"""What sealed content begins with: under a data key of its own; or, where it is no longer than a key, under the person's itself."""
NONCE = 12
KEY = 32
WRAPPED = NONCE + KEY + 16
SALT = 32
AROUND = len(FORMAT) + WRAPPED + NONCE + SALT + 16
"""Bytes of sealed content that hold nothing of what was said: keys, nonces, the salt, the tag."""
MAX_OPENED = 64 * 1024 * 1024
LEVEL = 1
"""Of zstd: at the length of transcripts as small as its usual 3, in half the time."""


class Erased(Exception):
    """The key of this content was destroyed: it can never be read again."""


class Tampered(Exception):
    """The content does not match its seal, place or commitment."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one transcript version holds: the turns, and the model's own explanation of the end."""

    turns: tuple[Turn, ...]
    explanation: str = ""


class _Payload(msgspec.Struct, array_like=True):
    salt: bytes
    turns: list[Turn]
    explanation: str


class KeyStore:
    """Key-encryption keys by the id of their data subject, wrapped by the root key."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / "subjects.sqlite3"
        self.root = AESGCM(_root_key(folder))
        self.path.touch(mode=0o600)
        self._kept = threading.local()
        self._opened: list[sqlite3.Connection] = []  # held on to: a child process that closed its parent's would drop locks
        with self._open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS kek (subject BLOB PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID")
            db.execute("CREATE TABLE IF NOT EXISTS gone (subject BLOB PRIMARY KEY) WITHOUT ROWID")
        self.path.chmod(0o600)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = self._connection()
        with db:
            yield db

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the file as it lies there now, not one from before a fork or to a file replaced since."""
        file = self.path.stat()
        place = (os.getpid(), file.st_dev, file.st_ino)
        if getattr(self._kept, "place", None) != place:
            db = sqlite3.connect(self.path, timeout=30)
            for pragma in ("secure_delete = ON", "synchronous = FULL", "journal_mode = TRUNCATE"):
                db.execute(f"PRAGMA {pragma}")
            self._kept.place, self._kept.db = place, db
            self._opened.append(db)
        return self._kept.db

    def make(self, subjects: Iterable[UUID]) -> None:
        """Make keys for those that have none yet; durable when this returns."""
        self.get_many(subjects)

    def get(self, subject: UUID) -> AESGCM:
        """Return a subject's key; raises Erased where there is none."""
        with self._open() as db:
            wrapped = _kept(db, subject)
        if wrapped is None:
            raise Erased(str(subject))
        return self._unwrap(subject, wrapped)

    def get_many(self, subjects: Iterable[UUID]) -> dict[UUID, AESGCM]:
        """Return the keys of many subjects, made where missing; durable when this returns. Raises Erased where one was destroyed."""
        wanted = list(subjects)
        with self._open() as db:
            if missing := [one for one in wanted if _kept(db, one) is None]:
                _refuse_gone(db, missing)
                rows = [(one.bytes, self._wrap(one, AESGCM.generate_key(256))) for one in missing]
                db.executemany("INSERT INTO kek VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
            kept = [(one, _kept(db, one)) for one in wanted]
        return {subject: self._unwrap(subject, wrapped) for subject, wrapped in kept if wrapped}

    def make_new(self, subjects: Iterable[UUID]) -> dict[UUID, AESGCM]:
        """Return fresh keys of subjects whose ids were made up just now, so that none can have one; durable when this returns."""
        keys = {one: AESGCM.generate_key(256) for one in subjects}
        if keys:
            with self._open() as db:
                db.executemany("INSERT INTO kek VALUES (?, ?)", sorted((one.bytes, self._wrap(one, key)) for one, key in keys.items()))
        return {one: AESGCM(key) for one, key in keys.items()}

    def destroy(self, subject: UUID) -> bool:
        """Overwrite and delete a subject's key, for good: no other is ever made for it. Returns whether there was one."""
        with self._open() as db:
            db.execute("INSERT INTO gone VALUES (?) ON CONFLICT DO NOTHING", [subject.bytes])
            return db.execute("DELETE FROM kek WHERE subject = ?", [subject.bytes]).rowcount == 1

    def is_destroyed(self, subject: UUID) -> bool:
        """Return whether a subject's key was destroyed, or would have been had there been one."""
        with self._open() as db:
            return _is_gone(db, subject)

    def has(self, subject: UUID) -> bool:
        """Return whether there is a key of a subject."""
        with self._open() as db:
            return _kept(db, subject) is not None

    def _unwrap(self, subject: UUID, wrapped: bytes) -> AESGCM:
        return AESGCM(_unlocked(self.root, wrapped, subject.bytes))

    def _wrap(self, subject: UUID, key: bytes) -> bytes:
        return _locked(self.root, key, subject.bytes)


def _kept(db: sqlite3.Connection, subject: UUID) -> bytes | None:
    row = db.execute("SELECT wrapped FROM kek WHERE subject = ?", [subject.bytes]).fetchone()
    return row[0] if row else None


def _is_gone(db: sqlite3.Connection, subject: UUID) -> bool:
    return db.execute("SELECT 1 FROM gone WHERE subject = ?", [subject.bytes]).fetchone() is not None


def _refuse_gone(db: sqlite3.Connection, subjects: Iterable[UUID]) -> None:
    for one in subjects:
        if _is_gone(db, one):
            raise Erased(str(one))


def _root_key(folder: Path) -> bytes:
    return own_key(folder / "root.key")


def own_key(path: Path) -> bytes:
    """Return a key of the installation from its file, made where it is missing: whole or not at all, whoever comes first."""
    if path.exists():
        return path.read_bytes()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(AESGCM.generate_key(256))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()


@lru_cache(maxsize=4)
def _store_in(folder: Path) -> KeyStore:
    return KeyStore(folder)


def store() -> KeyStore:
    """Return the key store of this installation."""
    return _store_in(Path(settings.KEYS_DIR))


@lru_cache(maxsize=4)
def _search_key_in(folder: Path) -> bytes:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return own_key(folder / "search.key")


def search_key() -> bytes:
    """Return the key under which words are indexed: the installation's, and in no database."""
    return _search_key_in(Path(settings.KEYS_DIR))


def seal(subject: UUID, plaintext: bytes, place: str) -> bytes:
    """Compress and seal bytes under a fresh data key of the subject's; `place` must be given again to open them."""
    return seal_under(store().get_many([subject])[subject], plaintext, place)


def seal_under(key: AESGCM, plaintext: bytes, place: str) -> bytes:
    """Seal under a subject's key that is at hand."""
    data_key, bound = token_bytes(KEY), place.encode()
    return FORMAT + _locked(key, data_key, bound) + _locked(AESGCM(data_key), _compress(plaintext), bound)


def seal_salt(key: AESGCM, salt: bytes, place: str) -> bytes:
    """Seal a salt under a subject's key itself: a data key of its own would be as long again, and takes longer."""
    return BRIEF + _locked(key, salt, _brief(place))


def _locked(key: AESGCM, plaintext: bytes, bound: bytes) -> bytes:
    """Return a fresh nonce and what it encrypts."""
    nonce = token_bytes(NONCE)
    return nonce + key.encrypt(nonce, plaintext, bound)


def _unlocked(key: AESGCM, locked: bytes, bound: bytes) -> bytes:
    """Return what `_locked` encrypted; raises InvalidTag."""
    return key.decrypt(locked[:NONCE], locked[NONCE:], bound)


def _brief(place: str) -> bytes:
    """Return a place as no wrapped data key is bound to it."""
    return f"brief|{place}".encode()


def unseal(subject: UUID, sealed: bytes, place: str) -> bytes:
    """Open what `seal` or `seal_salt` made; raises Erased or Tampered."""
    kek = store().get(subject)
    form, rest = sealed[:1], sealed[1:]
    if form not in {FORMAT, BRIEF}:
        raise Tampered(place)
    try:
        if form == BRIEF:
            return _unlocked(kek, rest, _brief(place))
        data_key = _unlocked(kek, rest[:WRAPPED], place.encode())
        compressed = _unlocked(AESGCM(data_key), rest[WRAPPED:], place.encode())
    except InvalidTag as error:
        raise Tampered(place) from error
    return _decompress(compressed, place)


_threads = threading.local()


def _compress(plaintext: bytes) -> bytes:
    """Return a zstd frame; the compressor is made once for each thread, since making one costs as much as using it."""
    if not hasattr(_threads, "compressor"):
        _threads.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return _threads.compressor.compress(plaintext)


def _decompress(compressed: bytes, place: str) -> bytes:
    """Return the plain bytes; raises Tampered for a frame that would fill the memory, before it does."""
    if not 0 <= zstandard.frame_content_size(compressed) <= MAX_OPENED:
        raise Tampered(place)
    return zstandard.decompress(compressed)


def seal_text(subject: UUID, text: str, place: str) -> bytes:
    """Seal a short text, such as a comment; empty stays empty."""
    return seal(subject, text.encode(), place) if text else b""


def unseal_text(subject: UUID, sealed: bytes, place: str) -> str:
    """Open what `seal_text` made."""
    return unseal(subject, sealed, place).decode() if sealed else ""


def seal_content(key: AESGCM, content: Content, place: str) -> tuple[bytes, bytes]:
    """Return (sealed, commitment) under a subject's key; the salt that opens the commitment is sealed with the content and dies with it."""
    salt, said = token_bytes(SALT), msgspec.msgpack.encode(content.turns)
    payload = msgspec.msgpack.encode([salt, msgspec.Raw(said), content.explanation])
    return seal_under(key, payload, place), _commit(salt, said, content.explanation)


def unseal_content(subject: UUID, sealed: bytes, place: str, commitment: bytes) -> Content:
    """Open a transcript and check it against its commitment; raises Erased or Tampered."""
    payload = msgspec.msgpack.decode(unseal(subject, sealed, place), type=_Payload)
    content = Content(tuple(payload.turns), payload.explanation)
    if not hmac.compare_digest(commit(payload.salt, content), commitment):
        raise Tampered(place)
    return content


def open_commitment(subject: UUID, sealed: bytes, place: str) -> tuple[bytes, bytes]:
    """Return the salt and the bytes that the commitment of a transcript is made of; raises Erased or Tampered."""
    salt, said, explanation = msgspec.msgpack.decode(unseal(subject, sealed, place), type=tuple[bytes, msgspec.Raw, str])
    return salt, msgspec.msgpack.encode([said, explanation])


def commit(salt: bytes, content: Content) -> bytes:
    """Return HMAC-SHA256(salt, content); a bare hash of a short text could be guessed."""
    return _commit(salt, msgspec.msgpack.encode(content.turns), content.explanation)


def _commit(salt: bytes, said: bytes, explanation: str) -> bytes:
    return hmac.digest(salt, msgspec.msgpack.encode([msgspec.Raw(said), explanation]), "sha256")


def seal_own(plaintext: bytes, place: str) -> bytes:
    """Seal what belongs to the installation and to no person: signing secrets, events in quarantine."""
    return _locked(store().root, _compress(plaintext), place.encode())


def unseal_own(sealed: bytes, place: str) -> bytes:
    """Open what `seal_own` made; raises Tampered."""
    try:
        compressed = _unlocked(store().root, sealed, place.encode())
    except InvalidTag as error:
        raise Tampered(place) from error
    return _decompress(compressed, place)
