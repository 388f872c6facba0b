"""What is known of the transcripts that a look at lineages rests on: measures and signatures of the user's turns.

What was measured and signed before is loaded; the rest is opened once, measured and signed at once, and kept for whoever stores it. A
transcript whose person was erased answers None, and no key is ever made for that person again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from django.db.models import Prefetch

from conversations import vault
from conversations.models import Transcript
from conversations.tree import Role, Turn
from moderation.classifiers.base import Classifier, Measured, TurnMeasures
from moderation.models import Classification, RequestSignature, TurnScore
from moderation.similarity import METHOD, signature

MOST_TURNS = 200
"""Of one transcript the last so many user turns are signed: enough for any request, bounded for any transcript."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was measured of a transcript just now, to be stored with the findings that rest on it."""

    transcript: Transcript
    measured: Measured
    milliseconds: int


class Texts:
    """The transcripts of some branches; `fresh` and `signed` hold what had to be measured and signed, none of it saved."""

    def __init__(self, transcripts: Mapping[UUID, Transcript], classifier: Classifier) -> None:
        self.fresh: list[Fresh] = []
        self.signed: list[RequestSignature] = []
        self._transcripts, self._classifier = transcripts, classifier
        self._scores = _measured_before(transcripts, classifier)
        self._signatures = _signed_before(transcripts)

    def scores(self, branch: UUID) -> list[TurnMeasures] | None:
        """Return what the user's turns of a branch measured, None where nobody can say."""
        self._open(branch)
        return self._scores[branch]

    def signatures(self, branch: UUID) -> dict[int, bytes] | None:
        """Return the signatures of the user's turns of a branch by turn, None where nobody can say."""
        self._open(branch)
        return self._signatures[branch]

    def _open(self, branch: UUID) -> None:
        if branch in self._scores and branch in self._signatures:
            return
        turns = self._turns(branch)
        if turns is None:
            self._scores.setdefault(branch, None)
            self._signatures.setdefault(branch, None)
            return
        if branch not in self._scores:
            self._measure(branch, turns)
        if branch not in self._signatures:
            self._sign(branch, turns)

    def _turns(self, branch: UUID) -> tuple[Turn, ...] | None:
        transcript = self._transcripts.get(branch)
        try:
            return transcript.content().turns if transcript else None
        except (vault.Erased, vault.Tampered):
            return None

    def _measure(self, branch: UUID, turns: tuple[Turn, ...]) -> None:
        started = perf_counter()
        measured = self._classifier.measure(turns)
        self.fresh.append(Fresh(self._transcripts[branch], measured, round((perf_counter() - started) * 1000)))
        self._scores[branch] = [one for one in measured if one.role is Role.USER]

    def _sign(self, branch: UUID, turns: tuple[Turn, ...]) -> None:
        said = [turn for turn in turns if turn.role is Role.USER][-MOST_TURNS:]
        signed = {turn.index: one for turn in said if (one := signature(turn.content))}
        transcript = self._transcripts[branch]
        key = vault.store().get(transcript.branch.conversation.subject_id)
        self.signed.append(RequestSignature.of(transcript.pk, METHOD, signed, key))
        self._signatures[branch] = signed


def _measured_before(transcripts: Mapping[UUID, Transcript], classifier: Classifier) -> dict[UUID, list[TurnMeasures] | None]:
    known = Classification.objects.filter(
        transcript__in=[one.pk for one in transcripts.values()],
        classifier=classifier.name,
        classifier_version=classifier.version,
    )
    users = Prefetch("turns", TurnScore.objects.filter(role=Role.USER))
    return {one.branch_id: list(one.measures()) for one in known.prefetch_related(users)}


def _signed_before(transcripts: Mapping[UUID, Transcript]) -> dict[UUID, dict[int, bytes] | None]:
    branches = {one.pk: branch for branch, one in transcripts.items()}
    stored = RequestSignature.objects.filter(transcript__in=branches, method=METHOD)
    return {branches[one.pk]: _opened(one, transcripts[branches[one.pk]]) for one in stored}


def _opened(stored: RequestSignature, transcript: Transcript) -> dict[int, bytes] | None:
    try:
        return stored.opened(transcript.branch.conversation.subject_id)
    except (vault.Erased, vault.Tampered):
        return None
