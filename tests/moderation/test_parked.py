"""What never joined a branch is past its time like all else: its text, then its names, never what is open or held."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from conversations import vault
from conversations.models import Feedback, MessageSignal, ReceivedEvent, Subject
from moderation.actions import appeals, holds
from moderation.actions.retention import Rule, begin_retention, in_force, survey
from moderation.actions.unjoined import set_aside
from moderation.models import Appeal, AuditEntry, FeedbackEcho, RetentionRun, SetAside, Unjoined
from moderation.states import HoldGround, HoldScope, SetAsideReason
from tests import make
from tests.moderation.test_retention import live, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def said(kind, days=184, **more):
    """Let something be said, so many days ago, of a branch that never comes."""
    model, data = (Feedback, {"thumbs": "down"}) if kind == "feedback.given" else (Appeal, {})
    make.send(make.about(kind, make.ended(), text="You have it wrong.", **data, **more))
    made = model.objects.latest("received_at")
    model.objects.filter(pk=made.pk).update(received_at=timezone.now() - timedelta(days=days))
    make.judge_all()
    return made


def is_empty(row):
    row.refresh_from_db()
    return not bytes(row.sealed_text)


def settled(appeal, days=184):
    """Set an appeal aside, so many days ago."""
    set_aside(Unjoined.objects.get(pk=f"appeal:{appeal.public_id}"), reason=SetAsideReason.NEVER_SENT, actor=make.make_person("operator"))
    SetAside.objects.update(at=timezone.now() - timedelta(days=days))


def test_feedback_goes_past_its_time_with_what_was_derived_from_it(capsys):
    feedback = said("feedback.given")
    assert FeedbackEcho.objects.exists()
    [due] = survey(in_force())
    assert (due.branches, due.unjoined) == (0, 1)
    call_command("retain", dry_run=True)
    assert "1 texts that never joined" in capsys.readouterr().out
    night = run()
    assert is_empty(feedback)
    assert not FeedbackEcho.objects.exists()
    event = ReceivedEvent.objects.get()
    assert (bytes(event.sealed_salt), bytes(event.body_sha256)) == (b"", b"")
    assert {name: night.records[name] for name in ("feedback", "echoes", "events", "unjoined")} == dict.fromkeys(
        ("feedback", "echoes", "events", "unjoined"), 1
    )
    applied = AuditEntry.objects.filter(action="retention.applied").latest("id").entry["codes"]
    assert applied == {"branches": 0, "records": 3, "unjoined": 1}
    assert survey(in_force())[0].unjoined == 0


def test_what_is_younger_stays_and_a_longer_rule_holds():
    feedback = said("feedback.given", days=182)
    assert begin_retention().finished_at is not None
    live(Rule("", "", 300))
    Feedback.objects.update(received_at=timezone.now() - timedelta(days=299))
    run()
    assert not is_empty(feedback)
    Feedback.objects.update(received_at=timezone.now() - timedelta(days=301))
    run()
    assert is_empty(feedback)


def test_an_appeal_waits_until_it_is_decided_or_set_aside(senior):
    waiting, set_down, taken, withdrawn = (said("appeal.filed", contact="me@home.example") for _ in range(4))
    settled(set_down)
    settled(taken)
    appeals.take_appeal(taken.pk, actor=senior)
    Appeal.objects.filter(pk=withdrawn.pk).update(state="withdrawn")
    assert survey(in_force())[0].unjoined == 2
    night = run()
    assert [is_empty(one) for one in (waiting, set_down, taken, withdrawn)] == [False, True, False, True]
    assert not bytes(set_down.sealed_contact)
    assert night.records["appeals"] == 2


def test_one_set_aside_lately_stays():
    appeal = said("appeal.filed")
    settled(appeal, days=182)
    run()
    assert not is_empty(appeal)


@pytest.mark.parametrize("scope", [HoldScope.SUBJECT, HoldScope.SURFACE, HoldScope.QUERY])
def test_a_hold_keeps_it(scope):
    feedback = said("feedback.given")
    found = feedback.subject if scope is HoldScope.SUBJECT else feedback.surface
    query = holds.Query(since=timezone.now() - timedelta(days=185)) if scope is HoldScope.QUERY else holds.NO_QUERY
    day, actor = timezone.now().date() + timedelta(days=9), make.make_person("compliance")
    held = holds.place_hold(scope, found.public_id, ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
    run()
    assert not is_empty(feedback)
    holds.ask_for_release(held.public_id, actor=actor)
    holds.release_hold(held.public_id, actor=make.make_person("operator"))
    run()
    assert is_empty(feedback)


def test_a_hold_by_query_keeps_what_came_since_it_begins():
    feedback = said("feedback.given")
    day, actor = timezone.now().date() + timedelta(days=9), make.make_person("compliance")
    query = holds.Query(since=timezone.now() - timedelta(days=183))
    holds.place_hold(HoldScope.QUERY, "", ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
    run()
    assert is_empty(feedback), "it came before"


def test_a_night_takes_no_more_than_its_share(settings, monkeypatch):
    monkeypatch.setattr("moderation.actions.retention.BATCH", 1)
    settings.RETENTION_MOST = 2
    for _ in range(3):
        said("feedback.given")
    assert run().records["unjoined"] == 2
    assert run().records["unjoined"] == 1


def test_names_go_later_and_nobody_is_left():
    feedback, appeal = said("feedback.given"), said("appeal.filed")
    make.send(make.about("message.accepted", make.ended(), at=timezone.now().isoformat()))
    settled(appeal, days=732)
    long_ago = timezone.now() - timedelta(days=732)
    for kind in (Feedback, Appeal, MessageSignal):
        kind.objects.update(received_at=long_ago)
    names = {feedback.conversation_external_id, appeal.conversation_external_id, MessageSignal.objects.get().conversation_external_id}
    people = {feedback.subject_id, appeal.subject_id}
    night = run()
    assert (is_empty(feedback), is_empty(appeal)) == (True, True)
    left = [*Feedback.objects.all(), *Appeal.objects.all(), *MessageSignal.objects.all()]
    assert not names & {one.conversation_external_id for one in left}
    assert all(one.branch_external_id.startswith("unlinked:") for one in left)
    assert not Subject.objects.filter(pk__in=people).exists()
    run()
    assert all(vault.store().is_destroyed(one) for one in people)
    assert night.records["unjoined_names"] == 3
    told = AuditEntry.objects.get(action="unjoined.unlinked").entry
    assert told["codes"] == {"messages": 1, "feedback": 1, "appeals": 1}
    assert not any(name in json.dumps(told) for name in names)
    assert RetentionRun.objects.count() == 2
    assert begin_retention().finished_at is not None
