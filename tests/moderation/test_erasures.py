"""Erasing a person: by two people, whole, provable, and never what a hold keeps."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from conversations import vault
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.envelope import Origin
from conversations.models import ConversationEnd, Feedback, Quarantined, ReceivedEvent, Replay, Subject
from moderation import work
from moderation.actions import erasures, forgetting, holds
from moderation.actions.batches import accept_one, refuse_batch
from moderation.actions.policies import SamePerson
from moderation.actions.quarantine import replay_event
from moderation.actions.receipts import open_salt
from moderation.actions.transcripts import accept_transcripts
from moderation.audit.events import Event
from moderation.audit.keys import verify_certificate
from moderation.models import (
    Appeal,
    AuditEntry,
    CandidateTurn,
    Erasure,
    Export,
    FeedbackEcho,
    Kind,
    LegalHold,
    RequestSignature,
    User,
    Words,
    WorkItem,
)
from moderation.states import Category, ErasureReason, ErasureState, HoldGround, HoldScope, HoldState, IllegalMove
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]
SECRET = "xylophone quasar"


def ask(subject, actor=None):
    return erasures.request_erasure(subject, ErasureReason.REQUEST, asked_by=actor or make.make_person("compliance"))


def erase(subject):
    """Erase a person as two people and a worker do."""
    made = ask(subject, make.make_person("compliance"))
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    make.judge_all()
    return Erasure.objects.get(pk=made.pk)


def hold(name, scope=HoldScope.SUBJECT, actor=None, query=holds.NO_QUERY):
    day, actor = timezone.now().date() + timedelta(days=90), actor or make.make_person("compliance")
    return holds.place_hold(scope, name, ground=HoldGround.CLAIM, review_on=day, actor=actor, query=query)


def release(made):
    holds.ask_for_release(made.public_id, actor=make.make_person("compliance"))
    return holds.release_hold(made.public_id, actor=make.make_person("operator"))


@pytest.fixture
def told():
    """An ending with feedback and an appeal, all of it secret, from one person; the feedback came before its conversation."""
    event = make.ended(("user", f"{SECRET} one"), ("assistant", "No."), ("user", f"{SECRET} two three four"), ("assistant", "Bye."))
    make.send(make.about("feedback.given", event, thumbs="down", text=f"{SECRET} feedback four words"))
    make.send(event)
    make.send(make.about("appeal.filed", event, text=f"{SECRET} appeal", contact="me@home.example"))
    make.send(make.started(event, ("user", f"{SECRET} two three four"), ("assistant", "No."), minutes=1))
    make.judge_all()
    make.link()
    return event


@pytest.fixture
def subject(told):
    return Subject.objects.get(pseudonym=told["data"]["conversation"]["user"])


def test_nothing_goes_before_a_second_person_approves(subject, compliance):
    made = ask(subject, compliance)
    make.judge_all()
    assert Feedback.objects.get().text() == f"{SECRET} feedback four words"
    with pytest.raises(SamePerson):
        erasures.approve_erasure(made.public_id, actor=compliance)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.filter(pk=made.pk).update(approved_by=compliance)
    with pytest.raises(erasures.AlreadyErased):
        ask(subject)
    erasures.refuse_erasure(made.public_id, actor=compliance)
    assert ask(subject).term is ErasureState.REQUESTED


def test_an_erasure_is_whole(told, subject):
    ending = ConversationEnd.objects.get()
    standin = Subject.objects.get(pseudonym=f"?{told['data']['conversation']['id']}")
    receipts = [event.receipt for event in ReceivedEvent.objects.all()]
    counts = forgetting.Kept(subject).counts()
    assert {
        name: counts[name] for name in ("transcripts", "feedback", "appeals", "words", "signatures", "candidates", "echoes", "events")
    } == {
        "transcripts": 2,
        "feedback": 1,
        "appeals": 1,
        "words": 1,
        "signatures": 2,
        "candidates": 1,
        "echoes": 1,
        "events": 4,
    }
    made = erase(subject)
    assert (made.term, made.records) == (ErasureState.DONE, counts)
    for one in (subject, standin):
        assert vault.store().is_destroyed(one.pk)
        with pytest.raises(vault.Erased):
            vault.store().get_many([one.pk])
    with pytest.raises(vault.Erased):
        ConversationEnd.objects.get().transcript.content()
    assert not any(bytes(row.sealed_text) for row in [*Feedback.objects.all(), *Appeal.objects.all()])
    assert not Words.objects.filter(branch=ending.branch).exists()
    assert not FeedbackEcho.objects.exists()
    assert not RequestSignature.objects.filter(transcript=ending.transcript).exists()
    assert not CandidateTurn.objects.filter(unit=ending.branch.unit, gone=False).exists()
    for receipt in receipts:
        with pytest.raises(vault.Erased):
            open_salt(receipt["entry_id"], ending.surface)
    assert not Subject.objects.filter(pseudonym__contains=told["data"]["conversation"]["user"]).exists()
    assert sum(forgetting.Kept(subject).counts().values()) == 2  # the conversations themselves, without a word


def test_a_certificate_says_what_was_destroyed_and_names_its_entry(subject):
    made = erase(subject)
    entry = AuditEntry.objects.about("subject", subject.public_id).get()
    assert (entry.action, made.certificate["log_entry"]) == ("subject.erased", str(entry.pk))
    assert made.certificate["leaf_hash"] == bytes(entry.leaf_hash).hex()
    assert str(subject.pk) in made.certificate["keys"]
    assert (made.finished_at + timedelta(days=7)).date().isoformat() == made.certificate["key_store_backup_horizon"]
    assert (made.finished_at + timedelta(days=35)).date().isoformat() == made.certificate["database_backup_horizon"]
    assert verify_certificate(made.certificate)
    assert not verify_certificate(made.certificate | {"keys": []})


def test_the_log_holds_nothing_of_it(subject, told):
    erase(subject)
    for entry in AuditEntry.objects.all():
        assert SECRET.encode() not in bytes(entry.body)
        assert told["data"]["conversation"]["user"].encode() not in bytes(entry.body)


def test_what_comes_later_is_refused_and_not_kept(told, subject):
    erase(subject)
    before = Quarantined.objects.count()
    late = make.about("feedback.given", told, thumbs="down", text=f"{SECRET} late")
    results = [accept_one(json.dumps(one).encode(), make.make_surface(), auth="test") for one in (late, told)]
    assert [(one.status, one.code) for one in results] == [("invalid", "erased"), ("duplicate", "")]
    changed = told | {"data": told["data"] | {"transcript": make.turns(*[("user", "other"), ("assistant", "words")] * 2)}}
    assert accept_one(json.dumps(changed).encode(), make.make_surface(), auth="test").status == "duplicate"
    assert Quarantined.objects.count() == before
    assert AuditEntry.objects.filter(action="event.refused").exists()


def broken(event, **data):
    return json.dumps(event | {"id": f"broken-{len(data)}", "data": event["data"] | data}).encode()


def test_what_comes_later_and_cannot_even_be_read_is_not_kept_either(told, subject, operator):
    event = make.ended()
    accept_one(b"{", make.make_surface(), auth="test")
    held = Quarantined.objects.get()
    make.send(event)
    erase(subject)
    surface, conversation = make.make_surface(), told["data"]["conversation"]
    stolen = json.dumps(told | {"id": event["id"]}).encode()  # a conflict with somebody else's event
    late = [broken(told, transcript=[]), broken(told, ending={}, conversation={"id": conversation["id"]}), stolen]
    shaped = {"conversation_id": conversation["id"], "messages": [{"role": "user", "content": SECRET}]}
    results = [accept_one(raw, surface, auth="test") for raw in late]
    results += accept_transcripts([json.dumps(shaped).encode()], surface, shape="openai-chat", origin=Origin(surface.source), auth="test")
    results.append(refuse_batch(late[0], surface, Invalid("batch", "is none"), auth="test"))
    assert [(one.status, one.code) for one in results] == [("invalid", "erased")] * 5
    with pytest.raises(vault.Erased):
        replay_event(held, actor=operator, body=late[0])
    assert list(Quarantined.objects.all()) == [held]
    assert not Replay.objects.exists()
    assert AuditEntry.objects.filter(action="event.refused").count() == 5


def test_what_cannot_be_read_about_anybody_else_is_kept(told, subject):
    erase(subject)
    other = make.ended()
    assert accept_one(broken(other, transcript=[]), make.make_surface(), auth="test").code == "invalid"
    assert accept_one(broken(told, transcript=[]), make.make_surface("/surfaces/other"), auth="test").code == "invalid"
    assert Quarantined.objects.count() == 2


def test_while_an_erasure_runs_what_names_the_person_is_not_kept(told, subject):
    vault.store().destroy(subject.pk)
    told["data"]["conversation"]["id"] = "another"
    assert accept_one(broken(told, transcript=[]), make.make_surface(), auth="test").code == "erased"
    assert not Quarantined.objects.exists()


def test_a_body_in_quarantine_goes_with_the_names_it_holds(told, subject):
    user, surface = told["data"]["conversation"]["user"], make.make_surface()
    bodies = [json.dumps({"user": user, "text": SECRET}).encode(), b'{"user": "somebody-else"}']
    for body in bodies:
        accept_one(body, surface, auth="test")
    theirs, other = sorted(Quarantined.objects.all(), key=lambda one: one.body() != bodies[0])
    assert erase(subject).records["quarantined"] == 1
    with pytest.raises(vault.Erased):
        Quarantined.objects.get(pk=theirs.pk).body()
    assert Quarantined.objects.get(pk=other.pk).body() == bodies[1]


def test_files_that_may_hold_their_words_are_withdrawn(subject, compliance, tmp_path, settings):
    settings.EXPORTS_DIR = tmp_path
    ending = ConversationEnd.objects.get().public_id
    wanted = {
        "X-AAAAAAAA": {"kind": "case", "subject": ending, "redaction": "none"},
        "X-BBBBBBBB": {"kind": "case", "subject": "E-00000000", "redaction": "none"},
        "X-CCCCCCCC": {"kind": "endings", "redaction": "none"},
        "X-DDDDDDDD": {"kind": "endings", "redaction": "text"},
    }
    for name, said in wanted.items():
        Export.objects.create(public_id=name, state="ready", format="ndjson", requested_by=compliance, **said).path.write_bytes(b"zip")
    building = Export.objects.create(kind="endings", redaction="none", state="building", format="ndjson", requested_by=compliance)
    made = ask(subject)
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    with TestCase.captureOnCommitCallbacks(execute=True):
        make.judge_all()
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["X-BBBBBBBB", "X-DDDDDDDD"]
    assert Export.objects.get(pk=building.pk).state == "failed"
    assert Erasure.objects.get().records["exports"] == 3


def test_a_worker_that_died_after_destroying_the_keys_is_followed_by_one_that_finishes(subject, monkeypatch):
    made = ask(subject)
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    monkeypatch.setattr(erasures, "clear", lambda _: 1 / 0)
    work.run([Kind.ERASE])
    assert Erasure.objects.get().term is ErasureState.RUNNING
    assert vault.store().is_destroyed(subject.pk)
    with pytest.raises(holds.TooLateToHold):
        hold(subject.public_id)
    monkeypatch.undo()
    WorkItem.objects.filter(kind=Kind.ERASE).update(not_before=timezone.now())
    make.judge_all()
    found = Erasure.objects.get()
    assert (found.term, found.records["transcripts"]) == (ErasureState.DONE, 2)


@pytest.mark.parametrize("scope", [HoldScope.SURFACE, HoldScope.QUERY])
def test_a_hold_says_which_erasures_in_its_scope_had_begun(subject, client_of, compliance, scope):
    made = ask(subject)
    Erasure.objects.filter(pk=made.pk).update(state=ErasureState.RUNNING)
    day = (timezone.now() + timedelta(days=9)).date().isoformat()
    since = (timezone.now() - timedelta(days=9)).date().isoformat() if scope is HoldScope.QUERY else ""
    asked = {"scope": scope.value, "about": subject.surface.public_id, "ground": "claim", "review_on": day, "since": since}
    page = client_of(compliance).post("/erasure/holds/new/", asked, follow=True).content.decode()
    assert f"Too late for people whose erasure had begun: {made.public_id}." in page
    assert f"/erasure/{made.public_id}/" in page
    found = LegalHold.objects.get()
    assert found.too_late == [made.public_id]
    assert AuditEntry.objects.get(action="hold.placed").entry["codes"]["too_late"] == 1
    assert client_of(compliance).get(f"/api/v1/holds/{found.public_id}/").json()["too_late"] == [made.public_id]
    other = hold(make.make_surface("/surfaces/other").public_id, HoldScope.SURFACE)
    assert other.too_late == []


def test_a_hold_by_query_keeps_what_fits_every_part_of_it(subject):
    ending = ConversationEnd.objects.get(branch__conversation__subject=subject)
    at, other = ending.requested_at, make.make_surface("/surfaces/other")
    fits = [
        holds.Query(since=at),
        holds.Query(until=at + timedelta(seconds=1)),
        holds.Query(at, at + timedelta(seconds=1), Category(ending.category)),
    ]
    misses = [
        holds.Query(until=at),
        holds.Query(since=at + timedelta(seconds=1)),
        holds.Query(since=at, category=next(one for one in Category if one != ending.category)),
    ]
    for query in misses:
        hold("", HoldScope.QUERY, query=query)
    hold(other.public_id, HoldScope.QUERY, query=fits[0])
    assert not LegalHold.objects.on_person(subject).exists()
    kept = [hold("", HoldScope.QUERY, query=query) for query in fits] + [hold(subject.surface.public_id, HoldScope.QUERY, query=fits[0])]
    assert set(LegalHold.objects.on_person(subject)) == set(kept)


@pytest.mark.parametrize("scope", HoldScope)
def test_a_hold_defers_and_its_release_lets_the_erasure_go_on(subject, scope):
    names = {HoldScope.SUBJECT: subject.public_id, HoldScope.SURFACE: subject.surface.public_id, HoldScope.QUERY: ""}
    query = holds.Query(since=timezone.now() - timedelta(days=1000)) if scope is HoldScope.QUERY else holds.NO_QUERY
    made = hold(names.get(scope, subject.conversations.first().public_id), scope, query=query)
    assert erase(subject).term is ErasureState.DEFERRED
    assert Feedback.objects.get().text() == f"{SECRET} feedback four words"
    entry = AuditEntry.objects.about("erasure", Erasure.objects.get().public_id).filter(action="erasure.deferred").get()
    assert (entry.entry["reason"], entry.entry["codes"]["hold"]) == ("claim", made.public_id)
    release(made)
    make.judge_all()
    assert Erasure.objects.get().term is ErasureState.DONE


def test_a_hold_placed_while_a_worker_is_awaited_comes_first(subject):
    made = ask(subject)
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    first = hold(subject.public_id)
    second = hold(subject.conversations.first().public_id, HoldScope.CONVERSATION)
    make.judge_all()
    assert Erasure.objects.get().term is ErasureState.DEFERRED
    assert not vault.store().is_destroyed(subject.pk)
    release(first)
    make.judge_all()
    assert (Erasure.objects.get().term, Erasure.objects.get().hold) == (ErasureState.DEFERRED, second)
    release(second)
    make.judge_all()
    assert Erasure.objects.get().term is ErasureState.DONE
    with pytest.raises(holds.TooLateToHold):
        hold(subject.public_id)


def test_a_release_takes_two_people_and_can_be_turned_down(subject, compliance, operator):
    made = hold(subject.public_id, actor=compliance)
    with pytest.raises(IllegalMove):
        holds.release_hold(made.public_id, actor=operator)
    holds.ask_for_release(made.public_id, actor=compliance)
    with pytest.raises(SamePerson):
        holds.release_hold(made.public_id, actor=compliance)
    holds.keep_hold(made.public_id, actor=operator)
    assert LegalHold.objects.get().term is HoldState.ACTIVE


def test_a_day_of_review_that_passed_rings_once_and_releases_nothing(subject):
    made = hold(subject.public_id)
    LegalHold.objects.update(review_on=timezone.now().date() - timedelta(days=1))
    assert (holds.note_overdue(), holds.note_overdue()) == (1, 0)
    assert LegalHold.objects.holding().get() == made
    holds.extend_hold(made.public_id, timezone.now().date() + timedelta(days=1), actor=make.make_person("compliance"))
    assert holds.note_overdue() == 0


def test_the_command_counts_asks_and_refuses_who_does_not_exist(subject, capsys):
    call_command("erase", subject=subject.public_id, dry_run=True, json=True)
    assert json.loads(capsys.readouterr().out)["records"]["transcripts"] == 2
    call_command("erase", subject=subject.public_id, dry_run=True)
    assert "2  transcript versions\n" in capsys.readouterr().out
    assert not Erasure.objects.exists()
    asker = make.make_person("compliance")
    call_command("erase", subject=subject.pseudonym, surface=make.WEB, asker=asker.pseudonym)
    assert Erasure.objects.get().public_id in capsys.readouterr().out
    with pytest.raises(CommandError, match="under way"):
        call_command("erase", subject=subject.public_id, asker=asker.pseudonym)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("erase", subject="U-00000000")


def test_the_command_asks_for_somebody_who_may_and_who_cannot_approve(subject):
    gone, asker = make.make_person("compliance"), make.make_person("compliance")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for nobody in (None, "", "p-nobody", gone.pseudonym, make.make_person("reviewer").pseudonym):
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("erase", subject=subject.public_id, asker=nobody)
    assert not Erasure.objects.exists()
    call_command("erase", "--subject", subject.public_id, "--as", asker.pseudonym)
    made = Erasure.objects.get()
    assert made.asked_by == asker
    entry = AuditEntry.objects.naming(Event.ERASURE_REQUESTED).get().entry
    assert (entry["actor"]["id"], entry["codes"]["asked_by"]) == ("shell", asker.pseudonym)
    with pytest.raises(SamePerson):
        erasures.approve_erasure(made.public_id, actor=asker)


def test_what_nobody_asked_for_nobody_approves(subject):
    made = ask(subject)
    Erasure.objects.update(asked_by=None)
    with pytest.raises(SamePerson):
        erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    with pytest.raises(IntegrityError, match="erased_by_two_people"), transaction.atomic():
        Erasure.objects.update(approved_by=make.make_person("operator"))
    erasures.refuse_erasure(made.public_id, actor=make.make_person("operator"))
    assert Erasure.objects.get().term is ErasureState.REFUSED
