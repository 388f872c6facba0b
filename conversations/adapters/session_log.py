"""Pure: a coding assistant's session log, one file of JSON lines, to a conversation with its branches.

An end counts in the conversation's own branches only: an agent that ends its side of the work ends nobody's conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conversations.adapters import endings
from conversations.adapters.adapted import Adapted, AdaptedBranch, Facts, Piece, Unknown, mapping, settled, together, turns
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.facts import read_facts, read_name
from conversations.adapters.session_lines import Line, read_line
from conversations.adapters.session_tree import Chain, chains

SYNTHETIC = "<synthetic>"
"""Stands for the model in lines that no model wrote."""


def adapt(values: object) -> Adapted:
    """Return the conversation of a file's decoded lines, None standing for one that could not be decoded; raises Invalid."""
    if not isinstance(values, list):
        raise Invalid("lines", "are missing")
    unknown = Unknown()
    lines = [line for number, value in enumerate(values, 1) if (line := read_line(number, value, unknown))]
    found = chains(lines, unknown)
    branches = _branches(found, unknown)
    if not branches[0].turns:
        raise Invalid("lines", "hold no turn outside sidechains")
    return Adapted("session-log", together(branches), _facts(values, unknown), unknown.named())


def _branches(found: Sequence[Chain], unknown: Unknown) -> list[AdaptedBranch]:
    names = _names(found)
    return [_branch(chain, names, unknown) for chain in found]


def _branch(chain: Chain, names: dict[int, str], unknown: Unknown) -> AdaptedBranch:
    shared = settled(_pieces(chain.shared), unknown)
    whole = [*shared, *settled(_pieces(chain.lines), unknown, before=len(shared))]
    ending = endings.find(whole, unknown, start=len(shared))
    if ending and chain.sidechain:
        unknown.add(f"line {chain.lines[0].number}", "the end tool called in a sidechain, no end of this conversation")
        ending = None
    if chain.parent is None:
        return AdaptedBranch("main", turns(whole), ending)
    return AdaptedBranch(names[id(chain)], turns(whole), ending, names[id(chain.parent)], len(shared), sidechain=chain.sidechain)


def _pieces(lines: Iterable[Line]) -> list[Piece]:
    return [piece for line in lines for piece in line.pieces]


def _names(found: Sequence[Chain]) -> dict[int, str]:
    """Return a name for each branch: its agent's, else that of its first line, else its line's number where that is no name or taken."""
    names = {id(found[0]): "main"}
    for chain, first in ((chain, chain.lines[0]) for chain in found[1:]):
        name = read_name("", (chain.sidechain and first.agent) or first.uuid or None, Unknown())
        free = name and name not in names.values() and not name.startswith("line ")
        names[id(chain)] = name if free else f"line {first.number}"
    return names


def _facts(values: Sequence[object], unknown: Unknown) -> Facts:
    """Return what the lines say of the session: its name, its model and its beginning."""
    bodies = [mapping(value) for value in values]
    own = [body for body in bodies if body.get("isSidechain") is not True]
    metas = [mapping(body.get("payload")) for body in own if body.get("type") == "session_meta"]
    models = _models(own)
    if len(set(models)) > 1:
        unknown.add("model", "several models, the last one is kept")
    session = next((body["sessionId"] for body in own if body.get("sessionId")), None)
    started = next((body["timestamp"] for body in own if body.get("timestamp")), None)
    last = models[-1] if models else None
    return read_facts(({"session_id": session, "model": last, "started_at": started}, *metas, *own[:1]), unknown)


def _models(own: Sequence[dict[str, object]]) -> list[str]:
    found = [mapping(body.get("message")).get("model") for body in own]
    found += [mapping(body.get("payload")).get("model") for body in own if body.get("type") == "turn_context"]
    return [model for model in found if isinstance(model, str) and model and model != SYNTHETIC]
