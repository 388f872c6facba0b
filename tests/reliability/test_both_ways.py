"""Through any form and set by set: the same events give the same rows and the same receipts, however they are split into requests."""

import json
from itertools import cycle

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conversations.adapters.cloudevents import TYPES
from conversations.models import (
    Branch,
    ControlSample,
    Conversation,
    ConversationEnd,
    Feedback,
    MessageSignal,
    Quarantined,
    ReceivedEvent,
    RefusedEnd,
    Subject,
    Transcript,
    Volume,
)
from moderation.actions import batches
from moderation.audit.keys import verify_receipt
from moderation.models import Appeal, AuditEntry, LockAlarm, Standing, Unit, WorkItem
from tests import make
from tests.console.test_api_idempotency import BATCH, LINES, SINGLE, body, post

pytestmark = pytest.mark.django_db

LATER = ["surface_id", "conversation_external_id", "branch_external_id", "branch__external_id"]
ROWS = {
    Subject: ["surface_id", "pseudonym"],
    Conversation: ["surface_id", "subject__pseudonym", "external_id", "model_name", "model_version", "locale", "started_at"],
    Branch: ["conversation__external_id", "external_id", "parent_external_id", "forked_at_turn", "began_at"],
    Transcript: ["branch__external_id", "version", "turn_count"],
    ConversationEnd: ["branch__external_id", "actor", "reason", "category", "at_turn", "surface_policy", "reported_scores", "requested_at"],
    RefusedEnd: ["branch__external_id", "failed_check", "reason", "at_turn", "requested_at"],
    ControlSample: ["branch__external_id", "sampling_rate", "observed_at"],
    ReceivedEvent: ["source", "event_id", "type", "body_sha256", "time"],
    Quarantined: ["surface_id", "problem", "fields", "detail", "body_sha256"],
    Standing: ["ending__branch__external_id", "ended_at", "reason", "category", "outcome", "answer", "has_feedback", "has_appeal"],
    Unit: ["branch__external_id", "kind", "name", "u", "sampling_rate", "base_rate", "stratum", "in_base", "window", "decided_at"],
    WorkItem: ["kind", "state", "priority", "attempts", "last_error"],
    Feedback: [*LATER, "subject__pseudonym", "thumbs", "kind", "at_turn", "given_at"],
    Appeal: [*LATER, "subject__pseudonym", "state", "filed_at"],
    MessageSignal: [*LATER, "accepted", "at"],
    Volume: ["surface_id", "hour", "conversations"],
    LockAlarm: ["ending__branch__external_id", "state", "messages", "last_at"],
}
"""Every row that events make, by what depends neither on chance nor on when it came."""


def snapshot():
    found = {model.__name__: sorted(repr(_plain(row)) for row in model.objects.values_list(*fields)) for model, fields in ROWS.items()}
    judging = WorkItem.objects.exclude(kind="echo")  # whose version names a key that is drawn
    return found | {"versions": sorted(judging.values_list("kind", "version")), "said": said()}


def _plain(row):
    return [bytes(one) if isinstance(one, memoryview) else one for one in row]


def said():
    """Return every text, opened."""
    turns = [[turn.content for turn in one.content().turns] for one in Transcript.objects.all()]
    return sorted(turns), sorted(one.text() for kind in (Feedback, Appeal) for one in kind.objects.all())


def entries():
    """Return what the log says was done, as often as it was."""
    return sorted(AuditEntry.objects.values_list("action", "target_type"))


def told(receipt):
    """Return what a receipt says and depends neither on time nor on chance, with what the log holds under it."""
    assert verify_receipt(receipt)
    entry = AuditEntry.objects.get(pk=receipt["entry_id"])
    assert (receipt["leaf_hash"], receipt["commit"]) == (entry.leaf_hash.hex(), entry.entry["after"])
    known = ReceivedEvent.objects.get(event_id=receipt["event_id"])
    assert (receipt["received_at"], entry.entry["codes"]["event"]) == (known.received_at.isoformat(), known.public_id)
    lasting = {name: value for name, value in receipt.items() if name not in {"entry_id", "leaf_hash", "commit", "received_at", "sig"}}
    return lasting, sorted(receipt), entry.action, entry.target_type, entry.entry["actor"]


EARLY = {"feedback": "feedback.given", "appeal": "appeal.filed", "accepted": "message.accepted", "rejected": "message.rejected"}
KINDS = [
    "ended",
    "refused",
    "continued",
    "started",
    "branched",
    "volume",
    *EARLY,
    *(f"early {one}" for one in EARLY),
    "repeat",
    "bad",
    "edit",
]
SAYING = {
    "feedback": {"thumbs": "down", "text": "That was a joke, really"},
    "appeal": {"text": "Look again.", "contact": "me@test.example"},
}


def build(plan):
    """Return events of the planned kinds; those about an ending are about one before, or, early, about one that comes last."""
    events, late = [], []
    endings = cycle([make.ended(scores={"hate": 0.25}, policy="p-1"), make.ended()])
    ending = next(endings)
    for kind in plan:
        match kind.split():
            case ["ended"]:
                events.append(ending := next(endings) if ending in events else ending)
            case ["refused"]:
                events.append(make.ended(allowed=False, failed_check="warned"))
            case ["continued"]:
                events.append(make.continued())
            case ["started"]:
                events.append(make.started(ending, *make.ORDINARY, minutes=1))
            case ["branched"]:
                events.append(make.branched(ending, *make.ORDINARY, minutes=2))
            case ["volume"]:
                events.append(
                    make.cloud("surface.volume", make.WEB, f"vol-{len(events)}", ending["time"], hour=ending["time"], conversations=9)
                )
            case [about] if about in EARLY:
                events.append(make.about(EARLY[about], ending, **SAYING.get(about, {})))
            case ["early", about]:
                late.append(unseen := make.ended())
                events.append(make.about(EARLY[about], unseen, **SAYING.get(about, {})))
            case ["repeat"]:
                events.append(events[0] if events else make.ended())
            case ["bad"]:
                events.append({"no": "event"})
            case ["edit"]:
                events.append(ending | {"time": make.later(ending, -1)})
    return [json.dumps(one).encode() for one in [*events, *late]]


def single(key, raws):
    for raw in raws:
        answer = post(key, raw, SINGLE)
        content = answer.json()
        if answer.status_code == 202:
            yield "duplicate" if "Idempotent-Replayed" in answer else "accepted", told(content)
        else:
            yield "conflict" if content["type"].endswith(":conflict") else "invalid", _problem(content["type"].rpartition(":")[2], content)


def batch(key, raws):
    return _results(post(key, b"[" + b",".join(raws) + b"]", BATCH).json()["results"])


def lines(key, raws):
    return _results([json.loads(line) for line in body(post(key, b"".join(raw + b"\n" for raw in raws), LINES)).splitlines()])


def _results(results):
    assert [one["index"] for one in results] == list(range(len(results)))
    return [(one["status"], told(one["receipt"]) if "receipt" in one else _problem(one["problem"], one)) for one in results]


def _problem(code, content):
    return code, content.get("field", ""), content["detail"]


FORMS = {"single": single, "batch": batch, "lines": lines}
SPLITS = st.lists(st.tuples(st.sampled_from([*FORMS]), st.integers(1, 6)), min_size=1, max_size=4)


def send(key, raws, splits):
    """Send events in requests of these forms and sizes, the last of which takes all the rest; returns what was answered."""
    answers, rest = [], list(raws)
    for form, size in [*splits[:-1], (splits[-1][0], len(raws))]:
        chunk, rest = rest[:size], rest[size:]
        answers += FORMS[form](key, chunk) if chunk else []
    return answers


def test_every_type_of_event_is_among_the_kinds():
    sent = [json.loads(raw) for raw in build(KINDS)]
    assert {one.get("type") for one in sent} == {*TYPES, None}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from(KINDS), min_size=5, max_size=12), splits=SPLITS)
@example(plan=KINDS, splits=[("single", 3), ("lines", 5), ("batch", 5), ("lines", 1)])
@example(plan=KINDS[::-1], splits=[("batch", 6), ("single", 4), ("lines", 1)])
def test_any_split_gives_the_same_rows_and_receipts(ground, plan, splits):
    raws, key = build(plan), make.make_key()
    seen = []
    for split in ([("single", 1)], splits, [("batch", 1)], [("lines", 1)]):
        with transaction.atomic():
            answers = send(key, raws, split)
            seen.append((answers, snapshot(), entries()))
            transaction.set_rollback(True)
    for other in seen[1:]:
        assert other == seen[0]


def accept(raws, sizes):
    """Take the events as the door does, in sets of these sizes."""
    surface, answers, rest = make.make_surface(), [], list(raws)
    for size in [*sizes, len(raws)]:
        chunk, rest = rest[:size], rest[size:]
        answers += batches.accept_batch(chunk, surface, auth="test") if chunk else []
    return [one.status for one in answers]


def test_new_conversations_do_go_together(ground, monkeypatch):
    raws = build(["ended", "continued", "refused", "ended"])
    monkeypatch.setattr(batches, "accept_one", None)
    assert accept(raws, []) == ["accepted"] * 4
    make.judge_all()
    assert set(Standing.objects.values_list("outcome", flat=True)) == {"justified"}
    assert ConversationEnd.objects.first().transcript.content().turns[0].content == make.HARM


def test_an_appeal_that_came_first_joins_an_ending_of_a_batch(ground):
    events = [make.ended() for _ in range(4)]
    make.send(make.about("appeal.filed", events[2], text="again"))
    accept([json.dumps(one).encode() for one in events], [])
    appeal = Appeal.objects.get()
    assert appeal.branch.external_id == events[2]["data"]["conversation"]["branch"]["id"]
    assert Standing.objects.get(ending__branch=appeal.branch).has_appeal


def test_a_faster_sender_makes_the_batch_go_one_by_one(ground, monkeypatch):
    raws = [json.dumps(make.ended()).encode() for _ in range(4)]
    monkeypatch.setattr(batches.Naming, "fresh", lambda self, *_: list(self.candidates))
    monkeypatch.setattr(batches, "_repeated", lambda *_: {})
    accept(raws[:1], [])
    assert accept(raws, []) == ["duplicate", "accepted", "accepted", "accepted"]
    assert ConversationEnd.objects.count() == 4
