"""Pure: whose signatures are needed before a checkpoint counts (c2sp.org/tlog-policy).

    log <vkey>
    witness <name> <vkey> [<url>]
    group <name> <k | any | all> <member> …
    quorum <name | none>

Further lines, `export`, `receipt` and `tsa`, are for whoever verifies a bundle with the same file (`exports/verify_bundle.py`).
A member is a witness or an earlier group. Empty lines and lines that begin with `#` say nothing. A name is defined once and before its
use, and exactly one line names the quorum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from moderation.audit.notes import COSIGNATURE, ED25519, NoteError, Signature, Verifier, parse_note, parse_vkey

NONE = "none"
NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)


class PolicyError(ValueError):
    """A policy that says nothing clear; the message names the line."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness: its name in the policy, its key, and where it answers."""

    name: str
    verifier: Verifier
    url: str = ""


@dataclass(slots=True)
class Quorum:
    """A policy as read."""

    logs: list[Verifier] = field(default_factory=list)
    witnesses: dict[str, WitnessKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    needed: str = ""

    def met_by(self, names: Collection[str]) -> bool:
        """Return whether these witnesses are enough."""
        return not self.needed or self.needed == NONE or self._has(self.needed, names)

    def cosigners(self, note: str) -> dict[str, Signature]:
        """Return the cosignatures on a note that verify, by the name of their witness; those of strangers are passed over."""
        parsed, found = parse_note(note.encode()), {}
        for signature in parsed.signatures:
            for witness in self.witnesses.values():
                key = witness.verifier
                if (key.name, key.key_id) == (signature.name, signature.key_id) and key.accepts(parsed.text, signature):
                    found[witness.name] = signature
        return found

    def _has(self, name: str, names: Collection[str]) -> bool:
        if name in self.witnesses:
            return name in names
        least, members = self.groups[name]
        return sum(self._has(member, names) for member in members) >= least


def read(text: str) -> Quorum:
    """Return the policy of a text; raises PolicyError."""
    policy = Quorum()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, *rest = line.split()
        if word not in LINES:
            raise PolicyError(f"line {number}: {word} is none of {', '.join(LINES)}")
        try:
            LINES[word](policy, rest)
        except (NoteError, PolicyError, ValueError, IndexError) as error:
            raise PolicyError(f"line {number}: {error}") from error
    if not policy.needed and policy.witnesses:
        raise PolicyError("no line names the quorum")
    return policy


def _log(policy: Quorum, rest: list[str]) -> None:
    (vkey,) = rest
    verifier = parse_vkey(vkey)
    if verifier.kind != ED25519:
        raise PolicyError("a log signs with a key of type 1")
    policy.logs.append(verifier)


def _witness(policy: Quorum, rest: list[str]) -> None:
    name, vkey, url = rest if len(rest) == 3 else (*rest, "")
    _fresh(policy, name)
    verifier = parse_vkey(vkey)
    if verifier.kind != COSIGNATURE:
        raise PolicyError("a witness signs with a key of type 4")
    if any(verifier.public == other.verifier.public for other in policy.witnesses.values()):
        raise PolicyError("another witness has this key")
    if url and not url.startswith(("http://", "https://")):
        raise PolicyError("a witness answers at an address that begins with http")
    policy.witnesses[name] = WitnessKey(name, verifier, url.rstrip("/"))


def _group(policy: Quorum, rest: list[str]) -> None:
    name, least, *members = rest
    _fresh(policy, name)
    if not members or len(set(members)) != len(members) or not all(_known(policy, member) for member in members):
        raise PolicyError("a group has members that were defined before, each once")
    count = {"any": 1, "all": len(members)}.get(least) or int(least)
    if not 1 <= count <= len(members):
        raise PolicyError("a group needs at least one member and at most all")
    policy.groups[name] = count, tuple(members)


def _quorum(policy: Quorum, rest: list[str]) -> None:
    (name,) = rest
    if policy.needed:
        raise PolicyError("the quorum is named once")
    if name != NONE and not _known(policy, name):
        raise PolicyError(f"{name} was not defined before")
    policy.needed = name


def _known(policy: Quorum, name: str) -> bool:
    return name in policy.witnesses or name in policy.groups


def _fresh(policy: Quorum, name: str) -> None:
    if not NAME.fullmatch(name):
        raise PolicyError("a name has letters, digits and _.- only, at most 60")
    if name == NONE or _known(policy, name):
        raise PolicyError(f"{name} is taken")


def _for_others(policy: Quorum, rest: list[str]) -> None:
    """Pass over a line that is not about checkpoints."""


LINES: dict[str, Callable[[Quorum, list[str]], None]] = {"log": _log, "witness": _witness, "group": _group, "quorum": _quorum}
LINES |= dict.fromkeys(("export", "receipt", "tsa"), _for_others)
