"""How an export becomes a bundle: its parts, the log's entries about it with their proofs, and a signed manifest over all of it.

The entries that ask for and approve the export are proven inside, so that whoever holds the bundle can show by whose request it was made.
The tiles that prove a part of the log are read one by one, once for the manifest and once for the bundle; the manifest lists them on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from moderation.audit.origins import at, current, newest
from moderation.audit.published import Head
from moderation.exports import bundle, csv, log, verify_bundle
from moderation.exports.bundle import EXPORTER, NotYet
from moderation.exports.kinds import Recipe
from moderation.exports.orders import Order, Refused
from moderation.exports.packing import Member, Members, Run
from moderation.exports.sources import Column
from moderation.exports.staging import staged
from moderation.models import AuditCheckpoint, AuditEntry, Export
from moderation.models.exports import ExportFormat
from moderation.states import ExportState, Redaction

ENTRIES = "entries.ndjson"
GIVEN = (ExportState.READY, ExportState.EXPIRED)
METHOD = """{kind}

Proven in the log {origin}.

{method}
{left_out}{columns}{recompute}
Verify first: python verify_bundle.py BUNDLE.zip --policy POLICY, with keys you have from elsewhere.
"""
README = """Export {public_id} of {origin}

To verify it, offline, with Python 3.11 or later and the package cryptography:

    python verify_bundle.py BUNDLE.zip --policy POLICY

POLICY names the public keys you trust. Take them from a channel of your own: the file `policy` in here only shows its form, and whoever
could forge the bundle could forge it too. METHOD says what the file holds and how to compute with it; manifest.json what was asked for and
what was taken out; entries.ndjson holds the entries of the log by which it was asked for and approved.
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an export consists of before it is sealed: members, how many rows, their columns, the query, further entries it proves."""

    members: Mapping[str, Member]
    rows: int
    columns: Sequence[Column] = ()
    query: str = ""
    about: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Sealed:
    """The members of a bundle in their order, the place of the tree they are proven in, and the hash of the manifest."""

    members: Members
    tree: int
    manifest_sha256: str


def seal(export: Export, recipe: Recipe, parts: Parts) -> Sealed:
    """Return the bundle of an export.

    Raises:
        NotYet: an entry that it has to prove is not under a checkpoint that counts yet.
        Refused: it was asked for under a log that another follows.
        KeyUnusable: there is no key to sign the manifest with.
    """
    order = Order.of(export)
    with at((order.log or newest()).number):
        return _sealed(export, order, recipe, parts)


def _sealed(export: Export, order: Order, recipe: Recipe, parts: Parts) -> Sealed:
    """Return the bundle of an export in the log being read: what was done about it since another follows is proven apart."""
    entries, later = _entries(export, parts.about)
    span = order.leaves if ENTRIES in parts.members else None
    own = [entry for entry in entries if span is None or not span[0] <= (entry.index or 0) <= span[1]]
    last = max([entry.index or 0 for entry in entries] + ([order.leaves[1]] if order.leaves else []), default=0)
    head = bundle.head_over(last + 1)
    members: dict[str, Member | Run] = {
        "METHOD": _method(order, recipe, parts).encode(),
        **parts.members,
        ENTRIES: _followed(parts.members.get(ENTRIES), bundle.lines_of(own)),
        **bundle.proofs_of(own, head),
        **({"tile/": Run(partial(bundle.tiles_over, *span, head.size, "default", current().number))} if span else {}),
        "checkpoint": head.note.encode(),
        **bundle.asked_in_newest(later),
        **bundle.continued("earlier", "consistency", _earlier(export, head), head),
        **(stamp := bundle.stamped(head)),
        "policy": bundle.policy_text(stamp).encode(),
        "verify_bundle.py": Path(verify_bundle.__file__).read_bytes(),
        "README": README.format(public_id=order.public_id, origin=current().name).encode(),
    }
    counted = len(own) + (span[1] - span[0] + 1 if span else 0)
    manifest = bundle.listing(export.folder, _manifest(export, recipe, parts, checkpoint=head.size, entries=counted), members)
    signature = bundle.manifest_signature(manifest.sha256)
    return Sealed({"manifest.json": manifest, "manifest.sig": signature, **members}, current().base + head.size, manifest.sha256)


def _entries(export: Export, about: Sequence[UUID]) -> tuple[list[AuditEntry], list[AuditEntry]]:
    """Return the entries about an export that are in its log, and those in the newest where that is another; raises NotYet, Refused."""
    wanted = {one for one in (export.request_entry, export.approval_entry, *about) if one is not None}
    found = list(AuditEntry.objects.filter(pk__in=wanted).order_by("leaf_index"))
    if len(found) < len(wanted) or any(entry.leaf_index is None for entry in found):
        raise NotYet("an entry of the export has no leaf yet")
    if any(entry.log not in {current(), newest()} for entry in found):
        raise Refused("asked for under the log before this one: ask for it again")
    return [one for one in found if one.log == current()], [one for one in found if one.log != current()]


def _followed(member: Member | None, lines: bytes) -> Member:
    """Return the entries of the export after those it was asked for, where it was asked for entries."""
    if member is None:
        return lines
    if isinstance(member, bytes):
        return member + lines
    return staged(member.path, lines)


def _earlier(export: Export, head: Head) -> str | None:
    """Return the checkpoint of this recipient's bundle before, which the new one has to continue; None where there is none."""
    if not export.recipient:
        return None
    base = current().base
    before = Export.objects.filter(recipient=export.recipient, state__in=GIVEN, checkpoint__range=(base, base + head.size))
    size = before.exclude(pk=export.pk).order_by("-ready_at").values_list("checkpoint", flat=True).first()
    return AuditCheckpoint.objects.filter(size=size).values_list("note", flat=True).first() if size else None


def _method(order: Order, recipe: Recipe, parts: Parts) -> str:
    columns = "\nColumns\n\n" + "".join(f"  {one.name}: {one.what} ({one.type})\n" for one in parts.columns) if parts.columns else ""
    lines = recipe.lines_for(order.form)
    recompute = "\nTo recompute the rates that the pages show, with pandas:\n\n" + lines + "\n" if lines else ""
    elsewhere = log.left_out(order) if recipe.leaves else ""
    left_out = f"\n{elsewhere}\n" if elsewhere else ""
    return METHOD.format(
        kind=order.kind.label, origin=current().name, method=recipe.method, left_out=left_out, columns=columns, recompute=recompute
    )


def _manifest(export: Export, recipe: Recipe, parts: Parts, **proven: object) -> dict[str, object]:
    """Return the manifest; `proven` says in which tree and how many entries are."""
    order = Order.of(export)
    return {
        "format": verify_bundle.FORMAT,
        **bundle.origin_facts(),
        "exporter": EXPORTER,
        "export": order.public_id,
        "kind": order.kind.value,
        "form": order.form.value,
        "schema": f"recourse-{order.kind.value}/v1",
        "recipient": order.recipient,
        "order": order.said,
        "tenant": "all surfaces",
        "query": {
            **{name: order.said[name] for name in ("since", "until", "as_of", "subject", "leaves")},
            "sha256": hashlib.sha256(parts.query.encode()).hexdigest() if parts.query else "",
        },
        "rows": parts.rows,
        "columns": [{"name": one.name, "type": one.type.value, "what": one.what} for one in parts.columns],
        "log_entry": str(export.request_entry),
        "approval_entry": str(export.approval_entry or ""),
        "two_people": export.needs_two,
        "csv_escaping": csv.ESCAPING if order.form is ExportFormat.CSV else "none",
        "redactions": [] if order.redaction is Redaction.NONE else [order.redaction.label],
        "reviewer_ids": "pseudonyms of this recipient and period; entries.ndjson shows leaf bytes, and in them the random ids of the log",
        "recompute": recipe.lines_for(order.form),
        **proven,
    }
