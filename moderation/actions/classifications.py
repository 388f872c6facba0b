"""Record what a classifier measured: a row of its own for each version of a classifier, audited like a human act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from conversations.copying import write
from conversations.models import Transcript
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import Entry, entry_rows
from moderation.classifiers.base import Measured, Measurer
from moderation.models import Classification, TurnScore


@dataclass(frozen=True, slots=True)
class Measurement:
    """One pass of a classifier over a transcript: what it measured, and how many milliseconds that took."""

    transcript: Transcript
    chosen: Measurer
    measured: Measured
    milliseconds: int

    @property
    def identity(self) -> tuple[UUID, str, str]:
        """What there is one row of."""
        return self.transcript.pk, self.chosen.name, self.chosen.version


def record_classification(transcript: Transcript, chosen: Measurer, measured: Measured, milliseconds: int) -> Classification:
    """Store what was measured, or return the row of this very classifier version where it exists."""
    return record_classifications([Measurement(transcript, chosen, measured, milliseconds)])[0]


def record_classifications(passes: Sequence[Measurement]) -> list[Classification]:
    """Store what was measured in the running transaction, and return the row of each pass, in their order: old or new."""
    new = {one.identity: one for one in passes}
    rows = {identity: _row(one) for identity, one in sorted(new.items())}  # in one order, so that two who store never wait for each other
    Classification.objects.bulk_create(rows.values(), ignore_conflicts=True)
    kept = Classification.objects.filter(transcript__in=[one.transcript.pk for one in passes])
    there = {(row.transcript_id, row.classifier, row.classifier_version): row for row in kept}
    made = {identity: row for identity, row in rows.items() if there[identity].pk == row.pk}
    scores = [TurnScore.of(row, turn) for identity, row in made.items() for turn in new[identity].measured]
    write(scores, entry_rows([_entry(new[identity]) for identity in made]))
    return [(there | made)[one.identity] for one in passes]


def _row(one: Measurement) -> Classification:
    return Classification(
        branch_id=one.transcript.branch_id,
        transcript=one.transcript,
        classifier=one.chosen.name,
        classifier_version=one.chosen.version,
        artifact=one.chosen.artifact,
        input_commitment=bytes(one.transcript.commitment),
        milliseconds=one.milliseconds,
        cost=one.measured.cost,
    )


def _entry(one: Measurement) -> Entry:
    branch, chosen = one.transcript.branch, one.chosen
    return Entry(
        Event.CLASSIFICATION_RECORDED,
        Target("branch", branch.public_id, branch.conversation.surface_id),
        Actor("model", f"{chosen.name}/{chosen.version}", "process"),
        {
            "input": bytes(one.transcript.commitment).hex(),
            "artifact": chosen.artifact,
            "milliseconds": one.milliseconds,
            "cost": one.measured.cost,
        },
        classifier={"name": chosen.name, "version": chosen.version},
    )
