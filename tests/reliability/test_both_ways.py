"""One at a time or set by set: the same events give the same rows and the same answers, however they are split into requests."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import (
    Branch,
    ControlSample,
    Conversation,
    ConversationEnd,
    Feedback,
    ReceivedEvent,
    RefusedEnd,
    Subject,
    Transcript,
)
from moderation.actions import batches
from moderation.audit.keys import verify_receipt
from moderation.models import Appeal, AuditEntry, Standing, Unit, WorkItem
from tests import make

pytestmark = pytest.mark.django_db

ROWS = {
    Subject: ["surface_id", "pseudonym"],
    Conversation: ["surface_id", "subject__pseudonym", "external_id", "model_name", "model_version", "locale", "started_at"],
    Branch: ["conversation__external_id", "external_id", "parent_external_id", "forked_at_turn"],
    Transcript: ["branch__external_id", "version", "turn_count"],
    ConversationEnd: ["branch__external_id", "actor", "reason", "category", "at_turn", "surface_policy", "reported_scores", "requested_at"],
    RefusedEnd: ["branch__external_id", "failed_check", "reason", "at_turn", "requested_at"],
    ControlSample: ["branch__external_id", "sampling_rate", "observed_at"],
    ReceivedEvent: ["source", "event_id", "type", "body_sha256", "time"],
    Standing: ["ending__branch__external_id", "ended_at", "reason", "category", "outcome", "answer", "has_feedback", "has_appeal"],
    Unit: ["branch__external_id", "kind", "name", "u", "sampling_rate", "base_rate", "stratum", "in_base", "window", "decided_at"],
    WorkItem: ["kind", "version", "state", "priority", "attempts", "last_error"],
    Feedback: ["branch__external_id", "thumbs", "conversation_external_id"],
}


def snapshot():
    """Return every row that events make, by what does not depend on chance."""
    return {model.__name__: sorted(repr(_plain(row)) for row in model.objects.values_list(*fields)) for model, fields in ROWS.items()}


def _plain(row):
    return [bytes(one) if isinstance(one, memoryview) else one for one in row]


def entries():
    """Return what the log says was done, as often as it was."""
    return sorted(AuditEntry.objects.filter(target_type__in=["ending", "refused_end", "branch"]).values_list("action", flat=True))


kinds = st.sampled_from(["ended", "refused", "continued", "feedback", "repeat", "bad", "edit"])


def build(plan):
    """Return events of the planned kinds; later ones may be about earlier ones."""
    events = []
    for kind in plan:
        endings = [one for one in events if isinstance(one, dict) and one.get("type") == "conversation.ended"]
        if kind == "refused":
            events.append(make.ended(allowed=False, failed_check="warned"))
        elif kind == "continued":
            events.append(make.continued())
        elif kind == "feedback" and endings:
            events.append(make.about("feedback.given", endings[0], thumbs="down"))
        elif kind == "repeat" and events:
            events.append(events[0])
        elif kind == "bad":
            events.append({"no": "event"})
        elif kind == "edit" and endings:
            events.append(endings[-1] | {"time": "2026-01-01T00:00:00Z"})
        else:
            events.append(make.ended(scores={"hate": 0.25}, policy="p-1"))
    return [json.dumps(one).encode() for one in events]


def send(raws, sizes):
    """Take the events in requests of these sizes; returns the answers without what depends on chance."""
    surface, answers, rest = make.make_surface(), [], list(raws)
    for size in [*sizes, len(raws)]:
        chunk, rest = rest[:size], rest[size:]
        answers += batches.accept_batch(chunk, surface, auth="test") if chunk else []
    assert all(verify_receipt(one.receipt) for one in answers if one.receipt)
    return [(one.status, one.code, one.field, one.receipt.get("event_id")) for one in answers]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(kinds, min_size=1, max_size=9), sizes=st.lists(st.integers(1, 9), max_size=4))
def test_any_split_gives_the_same_rows_and_answers(ground, plan, sizes):
    raws = build(plan)
    make.make_surface()
    seen = []
    for split in ([1] * len(raws), sizes, []):
        with transaction.atomic():
            answers = send(raws, split)
            seen.append((answers, snapshot(), entries()))
            transaction.set_rollback(True)
    assert seen[0] == seen[1] == seen[2]


def test_new_conversations_do_go_together(ground, monkeypatch):
    raws = build(["ended", "continued", "refused", "ended"])
    monkeypatch.setattr(batches, "accept_one", None)
    assert [one[0] for one in send(raws, [])] == ["accepted"] * 4
    make.judge_all()
    assert set(Standing.objects.values_list("outcome", flat=True)) == {"justified"}
    assert ConversationEnd.objects.first().transcript.content().turns[0].content == make.HARM


def test_an_appeal_that_came_first_joins_an_ending_of_a_batch(ground):
    events = [make.ended() for _ in range(4)]
    make.send(make.about("appeal.filed", events[2], text="again"))
    send([json.dumps(one).encode() for one in events], [])
    appeal = Appeal.objects.get()
    assert appeal.branch.external_id == events[2]["data"]["conversation"]["branch"]["id"]
    assert Standing.objects.get(ending__branch=appeal.branch).has_appeal


def test_a_faster_sender_makes_the_batch_go_one_by_one(ground, monkeypatch):
    raws = build(["ended"] * 4)
    monkeypatch.setattr(batches.Naming, "fresh", lambda self, *_: list(self.candidates))
    monkeypatch.setattr(batches, "_repeated", lambda *_: {})
    send(raws[:1], [])
    answers = send(raws, [])
    assert [one[0] for one in answers] == ["duplicate", "accepted", "accepted", "accepted"]
    assert ConversationEnd.objects.count() == 4
