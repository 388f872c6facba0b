"""Verify an evidence bundle of Recourse, offline: one file, Python 3.11 or later and the package `cryptography`, nothing else.

    python verify_bundle.py BUNDLE --policy POLICY [--earlier CHECKPOINT] [--json]

The policy is yours, from a channel you trust, not from the bundle: lines `log`, `export`, `receipt` with a public key each (vkey),
`witness`, `group` and `quorum` as C2SP has them, and `tsa` with a file of certificates in PEM. Exit 0: every entry is proven. Exit 1:
something was changed; each line names the member. Exit 2: it could not be decided, as without a policy, when the best verdict is
"self-consistent".

What is done, each step on the ground of the one before (`_verify` at the end has them in this order):

1. The container is read: a ZIP file whose every byte is where writing its members again would put it.
2. The manifest is signed by a key of exports of the log that it names, and each member has the hash that it lists.
3. The checkpoint is of that log and signed by its own key, and cosigned by the quorum of witnesses that the policy asks for.
4. Each entry is hashed and led to the root of that checkpoint, by a proof of its own or by tiles of the tree.
5. What else the bundle says is held against these entries: who asked for it, an earlier checkpoint, receipts, openings, a time stamp.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

FORMAT = "recourse-evidence/v1"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MANIFEST_HEADER = "recourse-manifest/v1"
RECEIPT_HEADER = "recourse-receipt/v1\n"
DASH = "— "
ORDERED_OF_WHEN = ("since", "until", "as_of", "subject", "leaves")
UNSIGNED = ("manifest.json", "manifest.sig")
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
DOS_DATE = 0x21  # 1 January 1980, the first day a ZIP file can name
LIMIT, MOST = 1 << 32, 1 << 16
"""What a ZIP file can name: its bytes in four bytes, its members in two."""


class Bad(Exception):
    """Something is not as it was signed: which member, and why."""

    def __init__(self, member: str, why: str) -> None:
        super().__init__(f"{member}: {why}")
        self.member, self.why = member, why


class CannotTell(Exception):
    """It could not be decided."""


# --- 1. The container: a ZIP file that can be written in one way only, so that no byte of it is free


def zip_parts(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield the bytes of a ZIP of these members, stored in the order given; raises ValueError where it would pass what a ZIP can name."""
    directory, at = [], 0
    for name, content in members:
        raw = name.encode("ascii")
        facts = (0, 0, DOS_DATE, zlib.crc32(content), len(content), len(content), len(raw), 0)
        directory.append(CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, *facts, 0, 0, 0, 0, at) + raw)
        yield LOCAL.pack(b"PK\x03\x04", 20, 0, *facts) + raw + content
        at += LOCAL.size + len(raw) + len(content)
        if at >= LIMIT or len(directory) >= MOST:
            raise ValueError("a bundle stays under 4 GiB and 65,536 members")
    ends = b"".join(directory)
    yield ends + END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(ends), at, 0)


def read_zip(raw: bytes) -> dict[str, bytes]:
    """Return the members of a bundle in their order; raises Bad unless every byte is where writing them again would put it."""
    members: dict[str, bytes] = {}
    at = 0
    try:
        while raw[at : at + 4] == b"PK\x03\x04":
            facts = LOCAL.unpack_from(raw, at)
            start, size = at + LOCAL.size + facts[9], facts[8]
            name = raw[at + LOCAL.size : start].decode("ascii")
            content, at = raw[start : start + size], start + size
            if name in members or zlib.crc32(content) != facts[6]:
                raise Bad(name or "bundle", "its checksum is another")
            members[name] = content
    except (struct.error, UnicodeDecodeError) as error:
        raise Bad("bundle", "it is cut, or no bundle") from error
    if not members:
        raise Bad("bundle", "it is cut, or no bundle")
    if raw != b"".join(zip_parts(members.items())):
        raise Bad("bundle", "its directory is not the one of its members")
    return members


# --- The tree: hashes and proofs of RFC 9162


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """Return whether a proof leads from a leaf to the root."""
    if not 0 <= index < size or any(len(one) != 32 for one in (leaf, root, *proof)):
        return False
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and value == root


def consistent(old: int, new: int, before: bytes, after: bytes, proof: list[bytes]) -> bool:
    """Return whether a proof shows that one tree begins another."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and before == after
    if any(len(one) != 32 for one in (before, after, *proof)):
        return False
    path = list(proof) if old & (old - 1) else [before, *proof]
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        return False
    left = right = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            left, right = node_hash(sibling, left), node_hash(sibling, right)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            right = node_hash(right, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and (left, right) == (before, after)


def inclusion_proof(index: int, size: int, nodes: Callable[[int, int], bytes]) -> list[bytes]:
    """Return the proof of a leaf from nodes that tiles hold."""
    low, high, proof = 0, size, []
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        mine = index < middle
        proof.append(_fold(middle, high, nodes) if mine else _fold(low, middle, nodes))
        low, high = (low, middle) if mine else (middle, high)
    return proof[::-1]


def _fold(low: int, high: int, nodes: Callable[[int, int], bytes]) -> bytes:
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, low >> level)
    middle = low + (1 << (width - 1).bit_length() - 1)
    return node_hash(_fold(low, middle, nodes), _fold(middle, high, nodes))


def tile_nodes(members: Mapping[str, bytes]) -> Callable[[int, int], bytes]:
    """Return a reader of nodes from the tiles of a bundle; it raises KeyError for what they do not hold."""
    held: dict[tuple[int, int], bytes] = {}
    for name, content in members.items():
        match = re.fullmatch(r"tile/([0-7])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", name, re.ASCII)
        if match and len(content) == 32 * int(match[3] or 256):
            held[int(match[1]), int(match[2].replace("/", "").replace("x", ""))] = content
    made: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if (level, index) not in made:
            if level % 8:
                made[level, index] = node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
            else:
                value = held[level // 8, index // 256][index % 256 * 32 : index % 256 * 32 + 32]
                if len(value) != 32:
                    raise KeyError(index)
                made[level, index] = value
        return made[level, index]

    return node


# --- Signed notes, and the policy that says whose signature counts


SIGNS, COSIGNS = 1, 4
"""Types of keys: that of a log, of exports or receipts, and that of a witness."""


@dataclass(frozen=True)
class Key:
    """A public key: name, four-byte id, type, and the 32 bytes of Ed25519."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    def signed(self, text: str, value: bytes) -> bool:
        """Return whether a signature is this key's; a cosignature begins with its time."""
        signed = text if self.kind == SIGNS else f"cosignature/v1\ntime {int.from_bytes(value[:8], 'big')}\n{text}"
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(value if self.kind == SIGNS else value[8:], signed.encode())
        except InvalidSignature:
            return False
        return True


def decode(text: str) -> bytes:
    """Return the bytes of strict base64; raises ValueError."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(value).decode() != text:
        raise ValueError("not canonical base64")
    return value


def parse_key(vkey: str, kind: int) -> Key:
    """Return the key of a vkey that has to be of a kind; raises ValueError."""
    name, _, rest = vkey.partition("+")
    key_id, _, material = rest.partition("+")
    raw = decode(material)
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != kind or not name or expected.hex() != key_id:
        raise ValueError(f"not an Ed25519 vkey of type {kind}")
    return Key(name, expected, raw[0], raw[1:])


@dataclass
class Policy:
    """Whom to believe."""

    keys: dict[str, list[Key]] = field(default_factory=lambda: {"log": [], "export": [], "receipt": []})
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""
    authorities: list[x509.Certificate] = field(default_factory=list)

    def knows(self, name: str) -> bool:
        """Return whether a witness or a group has this name."""
        return name in self.witnesses or name in self.groups

    def met_by(self, name: str, names: set[str]) -> bool:
        """Return whether these witnesses make up a quorum, group or witness."""
        if name in {"", "none"}:
            return True
        if name in self.witnesses:
            return name in names
        least, members = self.groups[name]
        return sum(self.met_by(member, names) for member in members) >= least


def read_policy(text: str, read: Callable[[str], bytes]) -> Policy:
    """Return the policy of a text, with the files that it names read by name; raises CannotTell."""
    policy = Policy()
    for number, line in enumerate(text.splitlines(), 1):
        word, *rest = line.split() or ["#"]
        try:
            _read_line(policy, word, rest, read)
        except (ValueError, TypeError, OSError, KeyError) as error:
            raise CannotTell(f"the policy, line {number}: {error}") from error
    if not policy.keys["log"]:
        raise CannotTell("the policy names no log")
    if policy.witnesses and not policy.quorum:
        raise CannotTell("the policy names witnesses and no quorum")
    return policy


def _read_line(policy: Policy, word: str, rest: list[str], read: Callable[[str], bytes]) -> None:
    if word.startswith("#"):
        return
    if word in policy.keys:
        (vkey,) = rest
        policy.keys[word].append(parse_key(vkey, SIGNS))
    elif word == "witness":
        _read_witness(policy, *rest)
    elif word == "group":
        _read_group(policy, *rest)
    elif word == "quorum":
        (name,) = rest
        if policy.quorum or (name != "none" and not policy.knows(name)):
            raise ValueError("the quorum is named once, after what it names")
        policy.quorum = name
    elif word == "tsa":
        (name,) = rest
        policy.authorities += x509.load_pem_x509_certificates(read(name))
    else:
        raise ValueError(f"{word} is no word of a policy")


def _read_witness(policy: Policy, name: str, vkey: str, url: str = "") -> None:
    _check_fresh(policy, name)
    key = parse_key(vkey, COSIGNS)
    if any(key.public == other.public for other in policy.witnesses.values()):
        raise ValueError("another witness has this key")
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("a witness answers at an address that begins with http")
    policy.witnesses[name] = key


def _read_group(policy: Policy, name: str, least: str, *members: str) -> None:
    _check_fresh(policy, name)
    if len(set(members)) != len(members) or not all(map(policy.knows, members)):
        raise ValueError("a group has members that were defined before, each once")
    count = {"any": 1, "all": len(members)}.get(least) or int(least)
    if not 1 <= count <= len(members):
        raise ValueError("a group needs at least one member and at most all")
    policy.groups[name] = count, list(members)


def _check_fresh(policy: Policy, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name, re.ASCII) or name == "none" or policy.knows(name):
        raise ValueError(f"{name} is taken, or no name")


def open_note(member: str, raw: bytes, keys: Iterable[Key]) -> tuple[str, list[Key]]:
    """Return the text of a note and the keys that signed it; raises Bad for a malformed note or a bad signature of a known key."""
    try:
        body, gap, lines = raw.decode().rpartition("\n\n")
        signatures = [_signature(line) for line in lines.removesuffix("\n").split("\n")]
    except ValueError as error:
        raise Bad(member, str(error)) from error
    if not gap or not lines.endswith("\n") or any(ord(sign) < 32 and sign != "\n" for sign in body):
        raise Bad(member, "not a signed note")
    text, known = body + "\n", {(key.name, key.key_id): key for key in keys}
    found = []
    for name, value in signatures:
        key = known.get((name, value[:4]))
        if key and not key.signed(text, value[4:]):
            raise Bad(member, f"the signature of {name} does not verify")
        found += [key] if key else []
    return text, found


def _signature(line: str) -> tuple[str, bytes]:
    name, _, material = line.removeprefix(DASH).partition(" ")
    value = decode(material)
    if not line.startswith(DASH) or not name or len(value) < 5:
        raise ValueError("not a signature line")
    return name, value


# --- 2. The manifest


def check_manifest(members: Mapping[str, bytes], policy: Policy) -> dict[str, Any]:
    """Return the manifest after its signature and every member's hash; raises Bad."""
    manifest = _json("manifest.json", members)
    text, signers = open_note("manifest.sig", members.get("manifest.sig", b""), policy.keys["export"])
    if text != f"{MANIFEST_HEADER}\n{hashlib.sha256(members['manifest.json']).hexdigest()}\n":
        raise Bad("manifest.json", "its hash is not the one that was signed")
    if not policy.keys["export"]:
        raise CannotTell("the policy names no key of exports")
    if not signers:
        raise Bad("manifest.sig", "no trusted key signed the manifest")
    if manifest.get("format") != FORMAT:
        raise Bad("manifest.json", f"its format is not {FORMAT}")
    if not any(key.name == f"{manifest.get('asked_in', manifest['origin'])}/export" for key in signers):
        names = ", ".join(sorted({key.name for key in signers}))
        raise Bad(
            "manifest.sig", f"the manifest says that it is of the log {manifest['origin']}, and {names} signed it, a key of another log"
        )
    listed = manifest["files"]
    for name, content in members.items():
        if name in UNSIGNED:
            continue
        if listed.get(name) != {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}:
            raise Bad(name, "it is not as the manifest lists it")
    if missing := sorted(listed.keys() - members.keys()):
        raise Bad(missing[0], "it is missing")
    return manifest


def canonical(value: object) -> bytes:
    """Return canonical JSON (RFC 8785) of what receipts and manifests hold: ASCII keys, strings, integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _json(name: str, members: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        value = json.loads(members[name])
    except (KeyError, ValueError) as error:
        raise Bad(name, "it is missing or no JSON") from error
    if not isinstance(value, dict) or canonical(value) != members[name]:
        raise Bad(name, "it is not canonical JSON")
    return value


# --- 3. The checkpoint


@dataclass(frozen=True)
class Checkpoint:
    """A signed head of the log."""

    origin: str
    size: int
    root: bytes
    cosigned: frozenset[str]
    note: str


def open_checkpoint(member: str, raw: bytes, policy: Policy) -> Checkpoint:
    """Return a checkpoint that the log's key signed; raises Bad."""
    text, signers = open_note(member, raw, [*policy.keys["log"], *policy.witnesses.values()])
    lines = text.split("\n")
    if len(lines) != 4 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise Bad(member, "not a checkpoint")
    logs = sorted({key.name for key in signers if key.kind == SIGNS})
    if not logs:
        raise Bad(member, "no trusted log key signed it")
    if lines[0] not in logs:
        raise Bad(member, f"it says that it is of the log {lines[0]}, and {', '.join(logs)} signed it, the key of another log")
    try:
        root = decode(lines[2])
    except ValueError as error:
        raise Bad(member, str(error)) from error
    if len(root) != 32:
        raise Bad(member, "a root has 32 bytes")
    return Checkpoint(
        lines[0], int(lines[1]), root, frozenset(name for name, key in policy.witnesses.items() if key in signers), raw.decode()
    )


def check_quorum(member: str, checkpoint: Checkpoint, policy: Policy) -> None:
    """Raise Bad unless the quorum of the policy cosigned a checkpoint."""
    if not policy.met_by(policy.quorum, set(checkpoint.cosigned)):
        raise Bad(member, f"the quorum of your policy did not cosign it: {', '.join(sorted(checkpoint.cosigned)) or 'nobody'} did")


def check_origin(manifest: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    """Raise Bad unless the checkpoint is of the log that the manifest names: of two logs that are trusted each may be told of the other."""
    if checkpoint.origin != manifest["origin"]:
        raise Bad("checkpoint", f"it is of the log {checkpoint.origin}, the manifest says that the bundle is of {manifest['origin']}")
    later, _, number = str(manifest.get("asked_in", f"{checkpoint.origin}/2")).rpartition("/")
    first, _, before = checkpoint.origin.rpartition("/")
    if not number.isdecimal() or (checkpoint.origin != later and (first != later or not before.isdecimal() or int(before) >= int(number))):
        raise Bad("manifest.json", f"{manifest['asked_in']}, where it was asked for, is no log that follows {checkpoint.origin}")


# --- 4. The entries


def check_entries(members: Mapping[str, bytes], manifest: Mapping[str, Any], checkpoint: Checkpoint) -> dict[str, bytes]:
    """Return the leaves by entry id after proving each; raises Bad."""
    found, indexes = _proven(members, "", checkpoint, tile_nodes(members))
    if len(found) != manifest["entries"]:
        raise Bad("entries.ndjson", f"{len(found)} entries, the manifest says {manifest['entries']}")
    if missing := sorted(_told(manifest).difference(indexes)):
        raise Bad("entries.ndjson", f"entry {missing[0]} is missing, of which the manifest tells")
    return found


def check_asked(members: Mapping[str, bytes], manifest: Mapping[str, Any], policy: Policy) -> tuple[dict[str, bytes], str]:
    """Return the entries about this very export that a later log holds, each proven there, and that log in words; raises Bad."""
    if "asked_in" not in manifest:
        return {}, ""
    head = open_checkpoint("asked/checkpoint", members.get("asked/checkpoint", b""), policy)
    if head.origin != manifest["asked_in"]:
        raise Bad("asked/checkpoint", f"it is of the log {head.origin}, the manifest says {manifest['asked_in']}")
    check_quorum("asked/checkpoint", head, policy)
    found, _ = _proven(members, "asked/", head, tile_nodes({}))
    return found, f"asked for in the log {head.origin}, which follows"


def _proven(
    members: Mapping[str, bytes], folder: str, checkpoint: Checkpoint, nodes: Callable[[int, int], bytes]
) -> tuple[dict[str, bytes], list[int]]:
    """Return the leaves of a folder by entry id, and their indexes, after proving each; raises Bad."""
    found, indexes, listed = {}, [], f"{folder}entries.ndjson"
    for line in members[listed].splitlines(keepends=True):
        match = re.fullmatch(rb'\{"entry":(\{.*\}),"index":(0|[1-9][0-9]{0,18})\}\n', line)
        if not match:
            raise Bad(listed, "a line that is no entry")
        leaf, index = match[1], int(match[2])
        indexes.append(index)
        name = f"{folder}proofs/{index}.tlog-proof"
        try:
            given = members.get(name)
            proof = _read_proof(name, given, index, checkpoint) if given else inclusion_proof(index, checkpoint.size, nodes)
        except KeyError as error:
            raise Bad(listed, f"nothing proves entry {index}") from error
        if not included(index, checkpoint.size, leaf_hash(leaf), proof, checkpoint.root):
            raise Bad(name if name in members else listed, f"entry {index} is not in the signed tree")
        found[str(_entry(leaf, index)["id"])] = leaf
    return found, indexes


def _told(manifest: Mapping[str, Any]) -> set[int]:
    """Return the indexes of the entries that were asked for by index, where the bundle is to hold them as they were hashed."""
    query, as_hashed = manifest["query"], (manifest.get("kind"), manifest.get("form")) == ("audit", "ndjson")
    asked = (query.get("leaves") if as_hashed else "") or "0--1"
    first, last = (query["first"], query["last"]) if "first" in query else asked.split("-", 1)
    return set(range(int(first), int(last) + 1))


def _entry(leaf: bytes, index: int) -> dict[str, Any]:
    """Return what a leaf says; raises Bad where it could be written otherwise: of a key that stands twice readers take one each."""
    try:
        entry = json.loads(leaf, parse_int=_whole, parse_float=str, parse_constant=str)  # what comes back as text is written in quotes
    except ValueError as error:
        raise Bad("entries.ndjson", f"entry {index} is no JSON") from error
    if not leaf.isascii() or canonical(entry) != leaf:
        raise Bad("entries.ndjson", f"entry {index} is not canonical JSON")
    return dict(entry)


def _whole(digits: str) -> int | str:
    """Return an integer that every reader of JSON holds exactly, a longer one as it stands."""
    return int(digits) if len(digits) < 18 and abs(int(digits)) < 1 << 53 else digits


def _read_proof(name: str, raw: bytes, index: int, checkpoint: Checkpoint) -> list[bytes]:
    head, _, note = raw.decode().partition("\n\n")
    header, place, *lines = head.split("\n")
    if header != PROOF_HEADER or place != f"index {index}" or note != checkpoint.note:
        raise Bad(name, "not a proof of this entry under this checkpoint")
    try:
        return [decode(line) for line in lines]
    except ValueError as error:
        raise Bad(name, str(error)) from error


# --- 5. What else is said: an earlier checkpoint, receipts, openings, by whose request


def follows(members: Mapping[str, bytes], checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what entry 0 of the log, proven like the others, says of the log it follows; empty where there is none, or it is not here."""
    lines = (line for line in members["entries.ndjson"].splitlines() if line.endswith(b',"index":0}'))
    first = json.loads(next(lines, b'{"entry":{}}'))["entry"]
    named = first.get("action") == "log.succeeded" and first["target"] == {"type": "log", "id": checkpoint.origin}
    return dict(first["codes"]) if named else {}


def check_followed(checkpoint: Checkpoint, said: Mapping[str, Any], policy: Policy, held: str) -> str:
    """Return that the log follows the one whose checkpoint is held; raises Bad where it follows another, CannotTell where nothing says."""
    mine = open_checkpoint("the checkpoint you hold", held.encode(), policy)
    yours = f"{mine.origin} over {mine.size}"
    if not said:
        raise CannotTell(f"you hold a checkpoint of {yours}; only entry 0 of {checkpoint.origin} says which log that one follows")
    if said["origin"] != mine.origin and any(key.name == said["origin"] for key in policy.keys["log"]):
        raise CannotTell(
            f"the log follows {said['origin']}, which you trust too: ask for entry 0 of that one, you hold a checkpoint of {yours}"
        )
    if said["origin"] != mine.origin or said["size"] < mine.size or (said["size"] == mine.size and said["root"] != mine.root.hex()):
        raise Bad("entries.ndjson", f"the log follows {said['origin']} over {said['size']}, you hold another checkpoint, of {yours}")
    if said["size"] > mine.size:
        raise CannotTell(f"the log follows {said['origin']} over {said['size']}; nothing here proves that this continued {yours}")
    return f"follows the checkpoint of {yours} that you hold"


def check_earlier(members: Mapping[str, bytes], checkpoint: Checkpoint, policy: Policy, held: str | None) -> str:
    """Return what an earlier checkpoint adds; where one is held, it has to be the one in the bundle. Raises Bad, CannotTell."""
    if "earlier" not in members:
        if held is not None:
            raise CannotTell("the bundle holds no proof from an earlier checkpoint")
        return ""
    earlier = check_continues("earlier", "consistency", members, checkpoint, policy)
    mine = open_checkpoint("the checkpoint you hold", held.encode(), policy) if held is not None else earlier
    if (mine.size, mine.root) != (earlier.size, earlier.root):
        raise Bad("earlier", f"you hold a checkpoint over {mine.size} entries, the bundle continues another over {earlier.size}")
    return f"continues the checkpoint over {earlier.size}"


def check_continues(old: str, by: str, members: Mapping[str, bytes], checkpoint: Checkpoint, policy: Policy) -> Checkpoint:
    """Return an older checkpoint of the bundle after proving that its tree begins the signed one; raises Bad."""
    earlier = open_checkpoint(old, members[old], policy)
    if earlier.origin != checkpoint.origin:
        raise Bad(old, f"it is of another log, {earlier.origin}")
    head, _, _ = members.get(by, b"").decode().partition("\n\n")
    first, *lines = head.split("\n")
    if first != f"old {earlier.size}":
        raise Bad(by, f"it does not begin at the {old} checkpoint")
    try:
        proof = [decode(line) for line in lines]
    except ValueError as error:
        raise Bad(by, str(error)) from error
    if not consistent(earlier.size, checkpoint.size, earlier.root, checkpoint.root, proof):
        raise Bad(by, f"the tree of {checkpoint.size} does not continue that of {earlier.size}")
    return earlier


def check_receipts(members: Mapping[str, bytes], leaves: Mapping[str, bytes], policy: Policy) -> int:
    """Return how many receipts hold: signed by a receipt key, and their entry among the proven ones; raises Bad."""
    names = [name for name in members if name.startswith("receipts/")]
    for name in names:
        receipt = _json(name, members)
        fields = {key: value for key, value in receipt.items() if key != "sig"}
        key = next((key for key in policy.keys["receipt"] if key.key_id.hex() == receipt.get("key_id")), None)
        if not policy.keys["receipt"]:
            raise CannotTell("the policy names no key of receipts")
        if key is None:
            raise Bad(name, "no trusted key signed it")
        leaf = leaves.get(str(receipt.get("entry_id")))
        if not key.signed(RECEIPT_HEADER + canonical(fields).decode(), decode(receipt["sig"])):
            raise Bad(name, "its signature does not verify")
        if leaf is None or leaf_hash(leaf).hex() != receipt["leaf_hash"]:
            raise Bad(name, "its entry is not among those that are proven")
    return len(names)


def check_openings(members: Mapping[str, bytes], leaves: Mapping[str, bytes]) -> int:
    """Return how many openings match the commitment of their entry; raises Bad."""
    lines = members.get("openings.ndjson", b"").splitlines()
    for line in lines:
        one = json.loads(line)
        committed: Any = json.loads(leaves[one["entry"]]) if one["entry"] in leaves else {}
        for name in one["field"].split("."):
            committed = committed.get(name, {})
        opened = hmac.new(bytes.fromhex(one["salt"]), base64.b64decode(one["plaintext"]), hashlib.sha256).hexdigest()
        if committed != opened:
            raise Bad("openings.ndjson", f"{one['field']} of entry {one['entry']} was something else")
    return len(lines)


def check_export(manifest: Mapping[str, Any], leaves: Mapping[str, bytes]) -> str:
    """Return what is proven of how this file came about: its request, and where it needed a second person, their approval. Raises Bad."""
    if "export" not in manifest:
        return ""
    asked = _act(manifest, leaves, "log_entry", "export.requested")
    if asked["codes"]["kind"] != manifest["kind"]:
        raise Bad("manifest.json", "it was asked for as another kind")
    _check_ordered(manifest, asked)
    told = f"{manifest['rows']} rows of {manifest['kind']}, export {manifest['export']}, whose request is in the log"
    if not manifest["two_people"]:
        return told
    approved = _act(manifest, leaves, "approval_entry", "export.approved")
    if asked["actor"]["id"] == approved["actor"]["id"]:
        raise Bad("manifest.json", "who asked for it approved it")
    _check_ordered(manifest, approved)
    return f"{told}, and so is the approval by another person"


def _check_ordered(manifest: Mapping[str, Any], act: Mapping[str, Any]) -> None:
    """Raise Bad unless a manifest tells of just what an act was about; acts of before orders were recorded say no more than the kind."""
    codes, order, query = act["codes"], manifest.get("order", {}), manifest["query"]
    if "order_sha256" not in codes:
        return
    if hashlib.sha256(canonical(order)).hexdigest() != codes["order_sha256"]:
        raise Bad("manifest.json", f"its order is not the one of the {act['action']}")
    told = {name: manifest[name] for name in ("kind", "form", "recipient")} | {name: query[name] for name in ORDERED_OF_WHEN}
    if any(order[name] != value for name, value in told.items()) or order.get("log", manifest["origin"]) != manifest["origin"]:
        raise Bad("manifest.json", "it tells of something else than its order")
    if codes.get("two_people", int(manifest["two_people"])) != int(manifest["two_people"]):
        raise Bad("manifest.json", "whether it takes two people is not as it was asked for")


def _act(manifest: Mapping[str, Any], leaves: Mapping[str, bytes], named: str, action: str) -> dict[str, Any]:
    leaf = leaves.get(str(manifest.get(named)))
    act = json.loads(leaf) if leaf else {}
    if act.get("action") != action or act.get("target", {}).get("id") != manifest["export"]:
        raise Bad("entries.ndjson", f"it does not hold the {action} of this export")
    return act


# --- 5. The time stamp: RFC 3161, a signed message (RFC 5652) in DER


HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
SHA2 = {bytes.fromhex("6086480165030402") + bytes([last]): name for last, name in enumerate(HASHES, 1)}
"""Hashes by the name of their algorithm: 2.16.840.1.101.3.4.2 and a number."""
SCHEMES: dict[bytes, str | None] = {
    bytes.fromhex("2a864886f70d010101"): None,
    **{bytes.fromhex("2a864886f70d0101") + bytes([last]): name for last, name in enumerate(HASHES, 11)},
    **{bytes.fromhex("2a8648ce3d0403") + bytes([last]): name for last, name in enumerate(HASHES, 2)},
}
"""What RSA (PKCS #1 1.5) and ECDSA sign, by the name of the scheme; plain RSA leaves the hash to be said elsewhere."""
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
"""The name of the attribute that holds the hash of what is signed: 1.2.840.113549.1.9.4."""
ISSUER_AND_SERIAL = 0x30
MOST_ISSUERS = 8


def der(raw: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (tag, content, whole) of the DER values in some bytes; raises ValueError where they are cut."""
    at = 0
    while at < len(raw):
        tag, length, start = raw[at], raw[at + 1] if at + 1 < len(raw) else 0, at + 2
        if length & 0x80:
            count = length & 0x7F
            length, start = int.from_bytes(raw[start : start + count], "big"), start + count
        if start + length > len(raw):
            raise ValueError("the token is cut")
        yield tag, raw[start : start + length], raw[at : start + length]
        at = start + length


def check_timestamp(members: Mapping[str, bytes], checkpoint: Checkpoint, policy: Policy) -> str:
    """Return which tree a trusted authority saw, and when; empty without a token. Raises Bad, CannotTell."""
    if "stamped.tsr" not in members:
        return ""
    if not policy.authorities:
        raise CannotTell("the policy names no time-stamping authority")
    stamped = check_continues("stamped", "stamped.consistency", members, checkpoint, policy)
    try:
        moment = _timestamp(members["stamped.tsr"], members["stamped"], policy.authorities)
    except (ValueError, KeyError, IndexError, StopIteration, TypeError) as error:
        raise Bad("stamped.tsr", str(error) or "no token") from error
    return f"the first {stamped.size} were stamped {moment}"


def values(raw: bytes) -> list[bytes]:
    """Return the contents of the DER values in some bytes."""
    return [content for _, content, _ in der(raw)]


def _timestamp(token: bytes, content: bytes, authorities: list[x509.Certificate]) -> str:
    """Return when the token says that it saw this content.

    Raises:
        ValueError: it stamps something else, or its signature or a certificate on the way to an authority did not hold at that time.
        CannotTell: no authority of the policy stands behind it, or it is signed in a way that is not known here.
    """
    _status, message = values(values(token)[0])[:2]
    _kind, body = values(message)[:2]
    _version, _algorithms, enclosed, *more, signers = der(values(body)[0])
    info = values(values(enclosed[1])[1])[0]
    imprint, _serial, moment = values(values(info)[0])[2:5]
    ((_, signer, _),) = der(signers[1])
    (_, named, sid), (_, hashed, _), attributes, (_, scheme, _), (_, signature, _) = list(der(signer))[1:6]
    hash_name = _hash_name(hashed)
    claimed = [value for attribute in values(attributes[1]) for value in _message_digest(attribute)]
    if claimed != [hashlib.new(hash_name, info).digest()]:
        raise ValueError("its signature is over something else")
    if values(imprint)[1] != hashlib.new(_hash_name(values(imprint)[0]), content).digest():
        raise ValueError("it stamps something else")
    sent = [x509.load_der_x509_certificate(whole) for tag, certificates, _ in more if tag == 0xA0 for _, _, whole in der(certificates)]
    maker = next((one for one in [*sent, *authorities] if _is_named(one, named, sid)), None)
    if maker is None:
        raise CannotTell("the certificate that made the time stamp is neither in it nor in your policy")
    _check_signed(maker, b"\x31" + attributes[2][1:], signature, _hash_signed(scheme, hash_name))  # as a SET: sent under a tag of their own
    _check_issued(maker, sent, authorities, _moment(moment))
    return moment.decode("ascii")


def _moment(text: bytes) -> datetime:
    """Return the time of a token, which is UTC; parts of a second are passed over."""
    match = re.fullmatch(rb"([0-9]{14})(?:\.[0-9]+)?Z", text)
    if not match:
        raise ValueError("its time is not in UTC")
    return datetime.strptime(match[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _hash_name(algorithm: bytes) -> str:
    """Return the hash of an algorithm's identifier; raises CannotTell."""
    try:
        return SHA2[values(algorithm)[0]]
    except KeyError as error:
        raise CannotTell("the time stamp uses a hash that is not known here") from error


def _hash_signed(scheme: bytes, hash_name: str) -> hashes.HashAlgorithm:
    """Return the hash that a scheme of signatures signs; raises CannotTell."""
    try:
        return HASHES[SCHEMES[values(scheme)[0]] or hash_name]
    except KeyError as error:
        raise CannotTell("the time stamp is signed in a way that is not known here") from error


def _message_digest(attribute: bytes) -> list[bytes]:
    name, held = values(attribute)[:2]
    return values(held) if name == MESSAGE_DIGEST else []


def _is_named(certificate: x509.Certificate, named: bytes, sid: bytes) -> bool:
    """Return whether a certificate is the one that a signer is named by: issuer and serial number, or the id of its key."""
    if sid[0] != ISSUER_AND_SERIAL:
        try:
            return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest == named
        except x509.ExtensionNotFound:
            return False
    parts = [part for part in der(values(certificate.tbs_certificate_bytes)[0]) if part[0] != 0xA0]
    return [parts[2][2], parts[0][2]] == [whole for _, _, whole in der(named)]


def _check_signed(maker: x509.Certificate, content: bytes, signature: bytes, digest: hashes.HashAlgorithm) -> None:
    """Raise ValueError unless a certificate for time-stamping signed some bytes; CannotTell for a key of another sort."""
    key = maker.public_key()
    try:
        purposes = maker.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        if not purposes.critical or ExtendedKeyUsageOID.TIME_STAMPING not in purposes.value:
            raise ValueError("its certificate is not one for time-stamping")
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(digest))
        else:
            raise CannotTell("the time stamp is signed by a key of a sort that is not known here")
    except x509.ExtensionNotFound as error:
        raise ValueError("its certificate is not one for time-stamping") from error
    except InvalidSignature as error:
        raise ValueError("its signature does not verify") from error


def _check_issued(maker: x509.Certificate, sent: list[x509.Certificate], authorities: list[x509.Certificate], at: datetime) -> None:
    """Raise CannotTell unless certificates lead from an authority to the maker; ValueError where they do, but not all were valid then."""
    if not _leads(maker, sent, authorities, lambda _: True):
        raise CannotTell("no authority of your policy stands behind the time stamp")
    if not _leads(maker, sent, authorities, lambda one: one.not_valid_before_utc <= at <= one.not_valid_after_utc):
        raise ValueError("a certificate behind it was not valid when it was made")


def _leads(
    maker: x509.Certificate, sent: list[x509.Certificate], authorities: list[x509.Certificate], counts: Callable[[x509.Certificate], bool]
) -> bool:
    """Return whether certificates that count lead from an authority to the maker, straight or through others that were sent."""
    met: set[x509.Certificate] = set()
    level = {maker}
    for below in range(MOST_ISSUERS):
        level = {one for one in level - met if counts(one)}
        if level.intersection(authorities):
            return True
        met |= level
        level = {issuer for issuer in [*authorities, *sent] if any(_issued(one, issuer, below) for one in level)}
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
    """Return whether one certificate was issued by another that may issue, over so many between it and the maker of the token."""
    try:
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    usage = next((one.value for one in issuer.extensions if isinstance(one.value, x509.KeyUsage)), None)
    return limits.ca and (limits.path_length is None or limits.path_length >= below) and (usage is None or usage.key_cert_sign)


# --- All steps, and the verdict


@dataclass
class Verdict:
    """What came of it: the exit code, the findings, and what is proven."""

    code: int
    lines: list[str]


def verify(raw: bytes, policy_text: str | None, *, folder: Path = Path(), earlier: str | None = None) -> Verdict:
    """Return the verdict on a bundle."""
    try:
        members = read_zip(raw)
        if policy_text is None:
            policy = read_policy(members.get("policy", b"").decode(), members.__getitem__)
        else:
            policy = read_policy(policy_text, lambda name: (folder / name).read_bytes())
        lines = _verify(members, policy, earlier)
    except Bad as error:
        return Verdict(1, [str(error)])
    except CannotTell as error:
        return Verdict(2, [str(error)])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        return Verdict(1, [f"bundle: not in the form of a bundle ({type(error).__name__})"])
    if policy_text is None:
        return Verdict(2, [*lines, "Self-consistent, not authenticated: give your own policy with --policy."])
    return Verdict(0, lines)


def _verify(members: Mapping[str, bytes], policy: Policy, earlier: str | None) -> list[str]:
    manifest = check_manifest(members, policy)
    checkpoint = open_checkpoint("checkpoint", members.get("checkpoint", b""), policy)
    check_origin(manifest, checkpoint)
    check_quorum("checkpoint", checkpoint, policy)
    leaves = check_entries(members, manifest, checkpoint)
    acts, asked = check_asked(members, manifest, policy)
    said = follows(members, checkpoint)
    facts = [
        check_export(manifest, leaves | acts),
        asked,
        _check_held(members, checkpoint, said, policy, earlier),
        f"its entry 0 says that it follows {said['origin']}, signed up to {said['size']} and kept up to {said['kept']}" if said else "",
        f"{count} receipts hold" if (count := check_receipts(members, leaves, policy)) else "",
        f"{count} openings match" if (count := check_openings(members, leaves)) else "",
        check_timestamp(members, checkpoint, policy),
        f"cosigned by {', '.join(sorted(checkpoint.cosigned))}" if checkpoint.cosigned else "",
    ]
    proven = f"{len(leaves)} entries are in the log {checkpoint.origin}, in the tree of {checkpoint.size} that it signed"
    return ["; ".join([proven, *(fact for fact in facts if fact)]) + "."]


def _check_held(members: Mapping[str, bytes], checkpoint: Checkpoint, said: Mapping[str, Any], policy: Policy, held: str | None) -> str:
    """Return what a checkpoint of the reader's own adds, of this log or of the one before; raises Bad, CannotTell."""
    if held is not None and held.partition("\n")[0] != checkpoint.origin:
        return check_followed(checkpoint, said, policy, held)
    return check_earlier(members, checkpoint, policy, held)


def main() -> int:
    """Read the arguments, say the verdict, return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle, offline. Exit 0 proven, 1 changed, 2 undecided.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--policy", type=Path, help="whom to believe; without it the best verdict is: self-consistent")
    parser.add_argument("--earlier", type=Path, help="a checkpoint that you hold, which the bundle has to continue")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    try:
        policy = given.policy.read_text() if given.policy else None
        earlier = given.earlier.read_text() if given.earlier else None
        verdict = verify(given.bundle.read_bytes(), policy, folder=given.policy.parent if given.policy else Path(), earlier=earlier)
    except (OSError, UnicodeDecodeError) as error:
        verdict = Verdict(2, [f"could not read: {error}"])
    sys.stdout.write(json.dumps({"exit": verdict.code, "findings": verdict.lines}) if given.json else "\n".join(verdict.lines))
    sys.stdout.write("\n")
    return verdict.code


if __name__ == "__main__":
    sys.exit(main())
