"""Pure: signed notes and checkpoints as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).

A note is text that ends in a newline, an empty line, and one line per signature: an em dash, the name of the key, and base64 of a
four-byte key id and the signature. A checkpoint is a note of three lines: origin, size in decimal, root in base64. Key ids are only
hints: two keys may share one, so a signature counts when name and id match *and* it verifies; where a key is known by both, a signature
that does not verify rejects the note. Keys travel as text too: a *vkey* verifies, an *skey* signs.

A witness adds a *cosignature* to a checkpoint of somebody else (c2sp.org/tlog-cosignature): its key has a type of its own, and what it
signs begins with the time at which it saw the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
TIME_BYTES = 8
KEY_ID_BYTES = 4
KEY_BYTES = 32
ROOT_BYTES = 32
MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1_000_000
DASH = "— "
SKEY_PREFIX = "PRIVATE+KEY+"
SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NoteError(ValueError):
    """A note, checkpoint or key is malformed, or a signature does not verify."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who claims to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def time_bytes(self) -> bytes:
        """Return the first eight bytes, which in a cosignature hold the seconds since 1970 at which it was made."""
        return self.value[:TIME_BYTES]

    def line(self) -> str:
        """Return the line as it stands in a note."""
        return f"{DASH}{self.name} {encode(self.key_id + self.value)}\n"


@dataclass(frozen=True)
class Verifier:
    """A public Ed25519 key with the name it goes by; `kind` says whether it signs notes or cosigns checkpoints."""

    name: str
    public: bytes
    kind: bytes = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise NoteError("a public key has 32 bytes")

    @cached_property
    def key_id(self) -> bytes:
        """Return the four bytes by which signature lines refer to the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """Return the key as text, to be published."""
        return f"{self.name}+{self.key_id.hex()}+{encode(self.kind + self.public)}"

    def accepts(self, text: str, signature: Signature) -> bool:
        """Return whether the signature is this key's over the text."""
        stamp, value = (signature.time_bytes, signature.value[TIME_BYTES:]) if self.kind == COSIGNATURE else (b"", signature.value)
        signed = cosigned(text, int.from_bytes(stamp, "big")) if stamp else text
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, signed.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private Ed25519 key with the name it goes by; never shown, never logged."""

    name: str
    seed: bytes = field(repr=False)
    kind: bytes = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != KEY_BYTES:
            raise NoteError("a private key has 32 bytes")

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """Return the key itself."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def verifier(self) -> Verifier:
        """Return the public half."""
        return Verifier(self.name, self.private.public_key().public_bytes_raw(), self.kind)

    @property
    def skey(self) -> str:
        """Return the key as text, for its file."""
        return f"{SKEY_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encode(self.kind + self.seed)}"

    def sign(self, text: str) -> Signature:
        """Return the signature over a text; the same text always gives the same one."""
        return Signature(self.name, self.verifier.key_id, self.private.sign(text.encode()))

    def cosign(self, text: str, at: int) -> Signature:
        """Return the cosignature over the text of a checkpoint, seen at a time in seconds since 1970."""
        signed = cosigned(text, at).encode()
        return Signature(self.name, self.verifier.key_id, at.to_bytes(TIME_BYTES, "big") + self.private.sign(signed))


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures: all of them as parsed, only the verified ones as opened."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head of a log: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that get signed."""
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"


def cosigned(text: str, at: int) -> str:
    """Return what a cosignature made at a time (seconds since 1970) signs of a note's text."""
    return f"cosignature/v1\ntime {at}\n{text}"


def encode(value: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(value).decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of strict standard base64: no other sign, full padding, no bit left over."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if encode(value) != text:
        raise NoteError("not canonical base64")
    return value


def parse_vkey(vkey: str) -> Verifier:
    """Return the verifier of a vkey; raises NoteError for another key type or a wrong key id."""
    name, key_id, kind, key = _parts(vkey)
    verifier = Verifier(name, key, kind)
    if verifier.key_id != key_id:
        raise NoteError("the key id does not belong to the key")
    return verifier


def parse_skey(skey: str) -> Signer:
    """Return the signer of an skey; its text never appears in an error."""
    if not skey.startswith(SKEY_PREFIX):
        raise NoteError("not a private key")
    name, key_id, kind, seed = _parts(skey.removeprefix(SKEY_PREFIX))
    signer = Signer(name, seed, kind)
    if signer.verifier.key_id != key_id:
        raise NoteError("the key id does not belong to the key")
    return signer


def sign_note(text: str, *signers: Signer) -> str:
    """Return the note over a text, signed by each signer in turn."""
    _check_text(text)
    return text + "\n" + "".join(signer.sign(text).line() for signer in signers)


def parse_note(raw: bytes) -> Note:
    """Return text and signatures, none of them verified yet."""
    if len(raw) > MAX_NOTE_BYTES:
        raise NoteError("the note is too long")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the note is not UTF-8") from error
    body, gap, signatures = whole.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise NoteError("the note has no signatures")
    text = body + "\n"
    _check_text(text)
    return Note(text, _signatures(signatures[:-1].split("\n")))


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Return the note with those signatures that known keys made; raises NoteError where there is none, or where one is bad."""
    note, known = parse_note(raw), {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        key = signature.name, signature.key_id
        if key not in known or key in verified:
            continue
        if not known[key].accepts(note.text, signature):
            raise NoteError(f"the signature of {signature.name} does not verify")
        verified[key] = signature
    if not verified:
        raise NoteError("no known key signed this note")
    return Note(note.text, tuple(verified.values()))


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note's text; raises NoteError for extension lines, leading zeroes or a root of another length."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise NoteError("a checkpoint has three lines")
    origin, size, root = lines[0], lines[1], decode(lines[2])
    if not SIZE.fullmatch(size):
        raise NoteError("the size is not a plain decimal")
    if len(root) != ROOT_BYTES:
        raise NoteError("a root has 32 bytes")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(raw: bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Return the checkpoint of a signed note whose log key, named like its origin, is among the verifiers."""
    known = list(verifiers)
    note = open_note(raw, known)
    checkpoint = parse_checkpoint(note.text)
    logs = {(verifier.name, verifier.key_id) for verifier in known if verifier.kind == ED25519 and verifier.name == checkpoint.origin}
    if not any((signature.name, signature.key_id) in logs for signature in note.signatures):
        raise NoteError("the log's own key did not sign this checkpoint")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> str:
    """Return the signed note over a checkpoint."""
    return sign_note(checkpoint.text(), *signers)


def _parts(key: str) -> tuple[str, bytes, bytes, bytes]:
    name, _, rest = key.partition("+")
    key_id, _, material = rest.partition("+")
    if not re.fullmatch(r"[0-9a-f]{8}", key_id):
        raise NoteError("the key id is not eight hexadecimal digits")
    value = decode(material)
    if value[:1] not in {ED25519, COSIGNATURE}:
        raise NoteError("not an Ed25519 key")
    return name, bytes.fromhex(key_id), value[:1], value[1:]


def _signatures(lines: list[str]) -> tuple[Signature, ...]:
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return tuple(_signature(line) for line in lines)


def _signature(line: str) -> Signature:
    name, _, material = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH):
        raise NoteError("a signature line begins with an em dash")
    _check_name(name)
    value = decode(material)
    if len(value) <= KEY_ID_BYTES:
        raise NoteError("a signature line is too short")
    return Signature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(sign.isspace() or ord(sign) < 0x20 for sign in name):
        raise NoteError("a key name is not empty and has no space or plus sign")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends in a newline")
    if any(ord(sign) < 0x20 and sign != "\n" for sign in text):
        raise NoteError("the text of a note has no control characters")
