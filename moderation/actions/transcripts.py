"""Accept transcripts as people have them: each becomes the events that its surface would have sent, and these are taken."""

from __future__ import annotations

from collections.abc import Sequence

from conversations import ingest, vault
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.envelope import Origin
from conversations.models import Surface
from moderation.actions.batches import Result, accept_batch, invalid, refuse_erased
from moderation.actions.quarantine import quarantine_event


def accept_transcripts(raws: Sequence[bytes], surface: Surface, *, shape: str, origin: Origin, auth: str) -> list[Result]:
    """Take conversations of a genuine sender, a result for each in order; what cannot be taken goes to quarantine."""
    return [_accept(raw, surface, shape, origin, auth) for raw in raws]


def _accept(raw: bytes, surface: Surface, shape: str, origin: Origin, auth: str) -> Result:
    try:
        converted = ingest.read_transcript(raw, shape, origin)
    except Invalid as error:
        return _keep(raw, surface, error, shape=shape, origin=origin, auth=auth)
    results = accept_batch(converted.events, surface, auth=auth)
    return Result(_status(results), events=tuple(results), unknown=converted.unknown)


def _keep(raw: bytes, surface: Surface, why: Invalid, *, shape: str, origin: Origin, auth: str) -> Result:
    """Keep a transcript in quarantine, unless it is about somebody who was erased, and return why it was not taken."""
    said = {"problem": why.code, "field": why.field, "detail": why.reason}
    try:
        quarantine_event(raw, surface, **said, auth=auth, shape=shape, origin=origin)
    except vault.Erased:
        return refuse_erased(surface, auth=auth)
    return invalid(why)


def _status(results: Sequence[Result]) -> str:
    """Return what became of the conversation: what hindered one of its events, else whether any of them is new."""
    found = {one.status for one in results}
    return next(status for status in ("conflict", "invalid", "accepted", "duplicate") if status in found)
