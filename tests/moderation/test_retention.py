"""Text goes when its time is over: by the rule that fits, never what is held or under appeal, counted before and after."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd, Feedback, Quarantined, Replay, Transcript
from moderation import work
from moderation.actions import appeals, holds
from moderation.actions.policies import SamePerson
from moderation.actions.quarantine import BodyDestroyed, discard_event, quarantine_event, replay_event
from moderation.actions.retention import (
    Rule,
    RuleRefused,
    approve_retention,
    begin_retention,
    in_force,
    propose_retention,
    retire_nightly,
    rules_of,
    survey,
)
from moderation.models import Appeal, AuditEntry, CandidateTurn, Kind, RetentionRun, Standing, Words
from moderation.states import AppealState, DiscardReason, HoldGround, HoldScope
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def aged(days, **ending):
    """Make an ending of so many days ago, received then."""
    made = make.make_ending(time=(timezone.now() - timedelta(days=days)).isoformat(), **ending)
    Transcript.objects.filter(branch=made.branch).update(received_at=timezone.now() - timedelta(days=days))
    return made


def live(*rules):
    made = propose_retention(rules, actor=make.make_person("compliance"))
    return approve_retention(made.version, actor=make.make_person("operator"))


def run():
    begin_retention()
    make.judge_all()
    return RetentionRun.objects.first()


def is_readable(ending):
    try:
        ConversationEnd.objects.get(pk=ending.pk).transcript.content()
    except vault.Erased:
        return False
    return True


def test_the_default_is_183_days_counted_first_then_destroyed():
    old, young = aged(184), aged(182)
    [due] = survey(in_force())
    assert (due.rule, due.branches, due.transcripts) == (Rule("", "", 183), 1, 1)
    assert is_readable(old)
    done = run()
    assert (done.due, done.done, done.records["transcripts"], done.records["words"]) == (1, 1, 1, 1)
    assert (is_readable(old), is_readable(young)) == (False, True)
    assert not Words.objects.filter(branch=old.branch).exists()
    assert not CandidateTurn.objects.filter(unit=old.branch.unit, gone=False).exists()
    assert Standing.objects.filter(ending=old).exists()
    [entry] = AuditEntry.objects.filter(action="retention.applied").order_by("-id")[:1]
    assert entry.entry["codes"]["branches"] == 1
    assert sum(one.branches for one in survey(in_force())) == 0


def test_what_arrived_late_is_kept_from_its_arrival_on():
    old = aged(400)
    Transcript.objects.filter(branch=old.branch).update(received_at=timezone.now())
    run()
    assert is_readable(old)


def test_the_more_exact_rule_goes_first():
    endings = {category: aged(300, category=category) for category in ("violence", "hate", "cyber")}
    outcome = Standing.objects.get(ending=endings["hate"]).outcome
    live(Rule("", "", 200), Rule("violence", "", 400), Rule("hate", outcome, 299), Rule("hate", "", 500))
    assert [rule.days for rule in rules_of(in_force())] == [299, 500, 400, 200]
    run()
    assert {name: is_readable(one) for name, one in endings.items()} == {"violence": True, "hate": False, "cyber": False}


def test_a_rule_below_the_floor_or_said_twice_is_refused(compliance):
    for rules in ([Rule("", "", 182)], [Rule("", "", 40_000)], [Rule("hate", "", 200), Rule("hate", "", 300)]):
        with pytest.raises(RuleRefused):
            propose_retention(rules, actor=compliance)


def test_rules_take_two_people(compliance):
    made = propose_retention([Rule("", "", 200)], actor=compliance)
    with pytest.raises(SamePerson):
        approve_retention(made.version, actor=compliance)
    assert in_force() is None
    live(Rule("", "", 300))
    assert in_force().version == 2
    assert live(Rule("", "", 250)).version == 3
    assert in_force().version == 3


@pytest.mark.parametrize("scope", HoldScope)
def test_a_hold_keeps_text_past_its_time(scope):
    old = aged(300)
    conversation = old.branch.conversation
    found = {HoldScope.SUBJECT: conversation.subject, HoldScope.CONVERSATION: conversation}.get(scope, conversation.surface)
    query = holds.Query(since=timezone.now() - timedelta(days=301)) if scope is HoldScope.QUERY else holds.NO_QUERY
    day = timezone.now().date() + timedelta(days=9)
    actor = make.make_person("compliance")
    held = holds.place_hold(scope, found.public_id, ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
    assert run().due == 0
    assert is_readable(old)
    holds.ask_for_release(held.public_id, actor=make.make_person("compliance"))
    holds.release_hold(held.public_id, actor=make.make_person("operator"))
    run()
    assert not is_readable(old)


def test_a_hold_placed_between_two_batches_is_respected(monkeypatch):
    monkeypatch.setattr("moderation.actions.retention.BATCH", 1)
    first, second = aged(300), aged(299)
    begin_retention()
    work.run([Kind.RETAIN])
    assert (is_readable(first), is_readable(second)) == (False, True)
    name, day = second.branch.conversation.public_id, timezone.now().date() + timedelta(days=9)
    actor = make.make_person("compliance")
    holds.place_hold(HoldScope.CONVERSATION, name, ground=HoldGround.CLAIM, review_on=day, actor=actor)
    make.judge_all()
    assert is_readable(second)
    assert RetentionRun.objects.first().finished_at is not None


def test_an_open_appeal_keeps_text_and_its_last_step_counts(senior):
    old = aged(300)
    named = {"id": old.branch.conversation.external_id, "branch": {"id": old.branch.external_id}}
    make.send(make.cloud("appeal.filed", make.WEB, "ap-1", timezone.now().isoformat(), conversation=named, text="Again."))
    assert run().due == 0
    appeal = Appeal.objects.get()
    appeals.take_appeal(appeal.pk, actor=senior)
    appeals.decide_appeal(appeal.pk, granted=False, actor=senior)
    assert run().due == 0
    Appeal.objects.update(decided_at=timezone.now() - timedelta(days=190), state=AppealState.DENIED)
    assert run().records["appeals"] == 1
    assert not is_readable(old)


def test_feedback_goes_with_the_transcript_it_is_about():
    old = aged(300)
    named = {"id": old.branch.conversation.external_id, "branch": {"id": old.branch.external_id}}
    make.send(make.cloud("feedback.given", make.WEB, "fb-1", timezone.now().isoformat(), conversation=named, thumbs="down", text="Why?"))
    assert run().records["feedback"] == 1
    assert not bytes(Feedback.objects.get().sealed_text)


def test_a_night_takes_no_more_than_its_share_and_begins_once(settings):
    settings.RETENTION_MOST = 2
    for days in (300, 301, 302):
        aged(days)
    retire_nightly()
    retire_nightly()
    make.judge_all()
    night = RetentionRun.objects.get()
    assert (night.due, night.done) == (2, 2)
    assert sum(one.branches for one in survey(None)) == 1


def test_a_night_of_a_clock_that_was_ahead_stops_none():
    retire_nightly()
    RetentionRun.objects.update(started_at=timezone.now() + timedelta(days=3))
    retire_nightly()
    retire_nightly()
    assert RetentionRun.objects.count() == 2


def test_the_command_counts_and_begins(capsys):
    aged(300)
    call_command("retain", dry_run=True, json=True)
    assert json.loads(capsys.readouterr().out)["due"][0]["transcripts"] == 1
    assert not RetentionRun.objects.exists()
    call_command("retain")
    assert RetentionRun.objects.get().public_id in capsys.readouterr().out


def in_quarantine(days, body=b'{"text": "SECRET"}', surface=None, correction=None):
    """Put a body into quarantine so many days ago, perhaps with a correction that was refused."""
    kept = quarantine_event(body, surface or make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    if correction:
        replay_event(kept, actor=make.make_person("operator"), body=correction)
    at = timezone.now() - timedelta(days=days)
    Quarantined.objects.filter(pk=kept.pk).update(received_at=at)
    Replay.objects.filter(quarantined=kept).update(tried_at=at)
    return kept


def bodies():
    """Return which bodies can still be opened."""
    return {one.pk for one in Quarantined.objects.all() if one.sealed_body}


def test_bodies_in_quarantine_go_after_the_same_time_settled_or_not(operator):
    held, settled, young = in_quarantine(184, correction=b'{"text": "MENDED"}'), in_quarantine(185), in_quarantine(182)
    discard_event(settled, reason=DiscardReason.TEST, actor=operator)
    Quarantined.objects.filter(pk=settled.pk).update(settled_at=timezone.now() - timedelta(days=184))
    done = run()
    assert (done.records, done.due, done.keys) == ({"quarantined": 2}, 0, [])
    assert done.finished_at is not None
    assert bodies() == {young.pk}
    for gone in (held, settled):
        gone.refresh_from_db()
        assert vault.store().is_destroyed(gone.pk)
        assert (gone.detail, gone.emptied_at is None, bytes(gone.body_sha256)) == ("is missing", False, b"")
        with pytest.raises(vault.Erased):
            gone.body()
    assert (held.state, settled.state, bytes(Replay.objects.get().sealed_body)) == ("held", "discarded", b"")
    assert young.body() == b'{"text": "SECRET"}'
    [entry] = AuditEntry.objects.filter(action="retention.applied")
    assert (entry.entry["codes"]["records"], entry.entry["codes"]["bodies"]) == (2, 2)


def test_a_body_that_was_tried_or_settled_late_is_kept_from_then_on(operator):
    tried, settled = in_quarantine(300, correction=b"{}"), in_quarantine(300)
    Replay.objects.update(tried_at=timezone.now() - timedelta(days=10))
    discard_event(settled, reason=DiscardReason.TEST, actor=operator)
    run()
    assert bodies() == {tried.pk, settled.pk}


def test_an_emptied_body_can_only_be_discarded(client_of, operator):
    kept, client = in_quarantine(300), client_of(operator)
    run()
    page = client.get(f"/quarantine/{kept.public_id}/").content.decode()
    assert "Destroyed on" in page
    assert "Replay as it came" not in page
    assert "Open body" not in page
    assert client.get(f"/api/v1/quarantine/{kept.public_id}/").json()["emptied_at"]
    for body in (None, b"{}"):
        with pytest.raises(BodyDestroyed):
            replay_event(kept, actor=operator, body=body)
    assert client.post(f"/quarantine/{kept.public_id}/replay/").status_code == 409
    assert "was destroyed" in client.post(f"/quarantine/{kept.public_id}/open/", {"purpose": "legal"}).content.decode()
    assert discard_event(kept, reason=DiscardReason.BEYOND_REPAIR, actor=operator).state == "discarded"


@pytest.mark.parametrize("scope", HoldScope)
def test_a_hold_keeps_bodies_in_quarantine_too(scope):
    conversation = make.make_ending().branch.conversation
    named = json.dumps({"text": "SECRET", "ids": [conversation.external_id, conversation.subject.pseudonym]}).encode()
    theirs, other = in_quarantine(300, named), in_quarantine(300, surface=make.make_surface("/surfaces/other"))
    found = {HoldScope.SUBJECT: conversation.subject, HoldScope.CONVERSATION: conversation}.get(scope, conversation.surface)
    query = holds.Query(since=timezone.now() - timedelta(days=301)) if scope is HoldScope.QUERY else holds.NO_QUERY
    day, actor = timezone.now().date() + timedelta(days=9), make.make_person("compliance")
    held = holds.place_hold(scope, found.public_id, ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
    assert run().records == {"quarantined": 1}
    assert bodies() == {theirs.pk}
    assert Quarantined.objects.get(pk=other.pk).emptied_at is not None
    holds.ask_for_release(held.public_id, actor=make.make_person("compliance"))
    holds.release_hold(held.public_id, actor=make.make_person("operator"))
    run()
    assert bodies() == set()


def test_each_body_is_opened_once_a_night_to_look_for_who_is_held(monkeypatch):
    monkeypatch.setattr("moderation.actions.retention.BATCH", 1)
    subject = make.make_ending().branch.conversation.subject
    day, actor = timezone.now().date() + timedelta(days=9), make.make_person("compliance")
    holds.place_hold(HoldScope.SUBJECT, subject.public_id, ground=HoldGround.CLAIM, review_on=day, actor=actor)
    named = json.dumps({"user": subject.pseudonym}).encode()
    held = {in_quarantine(days, named).pk for days in (400, 300)}
    others = [in_quarantine(days).pk for days in (350, 299)]
    opened, body = [], Quarantined.body
    monkeypatch.setattr(Quarantined, "body", lambda one: opened.append(one.pk) or body(one))
    assert run().records == {"quarantined": 2}
    assert sorted(opened) == sorted([*held, *others])
    assert {one.pk for one in Quarantined.objects.all() if one.sealed_body} == held


def test_a_hold_on_everything_keeps_every_body():
    in_quarantine(300)
    day, query = timezone.now().date() + timedelta(days=9), holds.Query(until=timezone.now())
    actor = make.make_person("compliance")
    holds.place_hold(HoldScope.QUERY, "", ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)
    assert run().records == {}
    assert len(bodies()) == 1


def test_a_night_empties_no_more_than_its_share_in_batches(settings, monkeypatch):
    settings.RETENTION_MOST = 3
    monkeypatch.setattr("moderation.actions.retention.BATCH", 2)
    for days in (300, 301, 302, 303):
        in_quarantine(days)
    assert run().records == {"quarantined": 3}
    assert AuditEntry.objects.filter(action="retention.applied").count() == 2
    [left] = bodies()
    assert Quarantined.objects.get(pk=left).received_at > timezone.now() - timedelta(days=301)


def test_page_and_command_count_bodies_that_are_due(client_of, compliance, capsys):
    in_quarantine(300)
    assert "1 is past that now" in client_of(compliance).get("/erasure/retention/").content.decode()
    call_command("retain", dry_run=True)
    assert "1  bodies in quarantine: 183 days" in capsys.readouterr().out
