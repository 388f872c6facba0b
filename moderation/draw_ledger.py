"""What stays provable of a unit once its names are gone: its line of the draw's ledger, one leaf of a tree whose root the log holds.

Before names go, each line is checked against the published key, as `draw_check` does it. The line holds the SHA-256 of the name in its
place; that is what the unit is called from then on, so the line can be made again from what is left, and so can the root. Whoever kept a
name finds its line by hashing it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import rfc8785

from moderation.audit.merkle import leaf_hash, root_of
from moderation.models import Unit


def hashed(name: str) -> str:
    """Return what a unit is called once its name is gone; a name of its own holds two line breaks, a hashed one none."""
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}" if "\n" in name else name


def line(unit: Unit) -> bytes:
    """Return the line of a unit, the same before its name went and after: all that the draw fixed, and nothing that was found later."""
    return rfc8785.dumps({
        "v": 1,
        "unit": unit.public_id,
        "name": hashed(unit.name),
        "u": bytes(unit.u).hex(),
        "kind": unit.kind,
        "base_rate": unit.base_rate,
        "in_base": unit.in_base,
        "sampling_rate": unit.sampling_rate,
        "plan": unit.plan.version,
        "period": unit.period.period,
        "window": unit.window,
    })  # fmt: skip


def leaf(unit: Unit) -> bytes:
    """Return the leaf hash of a unit's line; its branch, plan and period are read."""
    return leaf_hash(line(unit))


def root(leaves: Sequence[bytes]) -> str:
    """Return the root over leaf hashes in their order, in hexadecimal, as the log holds it."""
    return root_of(leaves).hex()
