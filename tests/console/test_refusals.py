"""What the event door refuses is counted once, under its reason and its surface, and shown; nothing of it is stored."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from console.api.bodies import Unreadable
from console.contract.events import REFUSALS
from console.refusals import ADVICE
from console.surface_filters import PROBLEMS
from conversations import pulse
from conversations.models import Quarantined, ReceivedEvent, StoredAnswer, Subject, TurnedAway
from conversations.refusals import count_refusal
from moderation import work
from moderation.actions import answers, erasures
from moderation.actions.surfaces import forget_refusals, revoke_surface_key
from moderation.models import AuditEntry, SamplingPlan
from moderation.states import ErasureReason
from tests import make
from tests.sender import BATCH, LINES, post, results, signed

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
LIST = "/api/v1/surfaces/"


@pytest.fixture
def key(ground):
    return make.make_key()


def counts():
    """Return what is counted, by the id of the surface and the problem."""
    found = Counter()
    for row in TurnedAway.objects.all():
        found[row.surface_id, row.problem] += row.n
    return dict(found)


def counted(key):
    """Return what is counted of one surface, by problem; nothing else may be."""
    assert {surface for surface, _ in counts()} <= {key.key.surface_id}
    return {problem: n for (_, problem), n in counts().items()}


def text(client, path="/surfaces/"):
    return " ".join(client.get(path).content.decode().split())


def code_of(answer):
    return answer.json()["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"webhook-signature": "v1,AAAA"}, "bad-signature"),
        ({"webhook-signature": None}, "bad-signature"),
        ({"webhook-timestamp": "1"}, "bad-signature"),
        ({"webhook-timestamp": "soon"}, "bad-signature"),
        ({"Idempotency-Key": "\u00e4"}, "bad-idempotency-key"),
        ({"Idempotency-Key": "x" * 201}, "bad-idempotency-key"),
        ({"Content-Type": "text/plain"}, "unsupported-media-type"),
        ({"Content-Encoding": "br"}, "unsupported-encoding"),
        ({"Content-Encoding": "gzip"}, "malformed"),
    ],
)
def test_a_refused_request_is_counted_once_under_its_code(key, headers, problem):
    for times in (1, 2):
        assert code_of(post(key, make.ended(), **headers)) == problem
        assert counted(key) == {problem: times}
    assert not ReceivedEvent.objects.exists()
    assert not Quarantined.objects.exists()


def test_too_many_bytes_are_counted(key, settings):
    settings.EVENT_MAX_UNPACKED = 10
    assert post(key, b"x" * 2_000_000).status_code == 413
    assert post(key, make.ended()).status_code == 413
    assert post(key, [make.ended()], BATCH).status_code == 413
    assert counted(key) == {"too-large": 3}


def test_a_body_that_ends_early_is_counted(key, monkeypatch):
    monkeypatch.setattr("console.api.senders.receive", broken_off)
    assert code_of(post(key, make.ended())) == "cut-off"
    assert counted(key) == {"cut-off": 1}


def broken_off(*_, **__):
    raise Unreadable


def test_a_wrong_parameter_is_counted(key):
    answer = Client().generic("POST", "/api/v1/events?format=none", b"{}", headers=signed(key, b"{}"))
    assert (answer.status_code, counted(key)) == (422, {"invalid": 1})


def test_another_method_is_counted_under_whose_key_it_carries(key):
    assert Client().put("/api/v1/events", headers={"Authorization": f"Bearer {key.api_key}"}).status_code == 405
    assert counted(key) == {"method-not-allowed": 1}


def test_a_key_reused_and_one_in_flight_are_counted(key, monkeypatch):
    assert post(key, make.ended(), **{"Idempotency-Key": "one"}).status_code == 202
    assert code_of(post(key, make.ended(), **{"Idempotency-Key": "one"})) == "key-reused"
    monkeypatch.setattr("console.api.answers.answer_among_others", in_flight)
    assert code_of(post(key, make.ended())) == "in-flight"
    assert counted(key) == {"key-reused": 1, "in-flight": 1}


def in_flight(*_, **__):
    raise answers.InFlight


def test_a_key_beyond_its_rate_is_counted(key, settings):
    settings.EVENT_RATE_PER_MINUTE = 1
    statuses = [post(key, make.ended()).status_code for _ in range(3)]
    assert counted(key).get("too-many", 0) == statuses.count(429) >= 1


def test_too_much_waiting_work_is_counted(key, settings):
    settings.WORK_MAX_DEPTH = -1
    work.counted.cache_clear()
    assert code_of(post(key, make.ended())) == "busy"
    assert counted(key) == {"busy": 1}


def test_an_installation_that_is_not_set_up_counts(db):
    key = make.make_key()
    assert not SamplingPlan.objects.exists()
    assert code_of(post(key, make.ended())) == "not-set-up"
    assert counted(key) == {"not-set-up": 1}


def test_a_stream_that_is_stopped_is_counted_once(key):
    given = results(post(key, b"not packed", LINES, "gzip"))
    assert [one["status"] for one in given] == ["stopped"]
    assert counted(key) == {given[0]["problem"]: 1} == {"malformed": 1}


def test_what_lies_in_quarantine_is_counted_there_and_nowhere_else(key):
    assert post(key, {"no": "event"}).status_code == 422
    assert [one["status"] for one in results(post(key, [{"no": "event"}, make.ended()], BATCH))] == ["invalid", "accepted"]
    assert counted(key) == {}
    found = pulse.traffic(timezone.now(), WEEK)[key.key.surface_id]
    assert (found.sent, found.quarantined, found.turned_away) == (1, 2, 0)


def test_events_of_an_erased_person_are_counted_by_the_event_and_not_again_when_repeated(key):
    event = make.ended()
    post(key, event)
    erase(event)
    late = [make.about("message.accepted", event), make.about("message.rejected", event)]
    for _ in range(2):
        given = results(post(key, late, BATCH, **{"Idempotency-Key": "late"}))
        assert [one["problem"] for one in given] == ["erased", "erased"]
    assert post(key, make.about("message.accepted", event)).status_code == 410
    assert counted(key) == {"erased": 3}
    assert not Quarantined.objects.exists()


def erase(event):
    subject = Subject.objects.get(pseudonym=event["data"]["conversation"]["user"])
    asked = erasures.request_erasure(subject, ErasureReason.REQUEST, actor=make.TESTS, asked_by=make.make_person("compliance"))
    erasures.approve_erasure(asked.public_id, actor=make.make_person("operator"))
    make.judge_all()


@pytest.mark.parametrize("sent", [None, "Bearer", "Bearer rk_unknown", "Basic abc", "Bearer \u00e4"])
def test_a_request_with_nobodys_key_is_counted_under_no_surface(key, sent):
    for times in (1, 2):
        assert post(key, make.ended(), Authorization=sent).status_code == 401
        assert counts() == {(None, "unknown-key"): times}
    assert TurnedAway.objects.count() == 1  # one row an hour and problem, whatever strangers send


def test_a_revoked_key_is_counted_under_the_surface_it_was_of(key):
    revoke_surface_key(key.key, actor=make.TESTS)
    assert post(key, make.ended()).status_code == 401
    assert counted(key) == {"unknown-key": 1}


def test_nothing_of_what_was_sent_is_stored(key):
    post(key, b"SECRET", **{"webhook-signature": "v1,AAAA"})
    [row] = TurnedAway.objects.values()
    assert set(row) == {"id", "surface_id", "hour", "problem", "n", "last_at"}
    assert "SECRET" not in str(row)
    assert not StoredAnswer.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="event.").exists()


@pytest.mark.django_db(transaction=True)
def test_it_is_never_counted_in_a_transaction_that_may_be_rolled_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        count_refusal(None, "unknown-key")
    assert not TurnedAway.objects.exists()


def test_hours_are_counted_apart_and_forgotten_in_time(key, settings):
    settings.REFUSALS_DAYS = 30
    now = timezone.now()
    for days in (40, 29, 8):
        count_refusal(key.key.surface_id, "busy")
        moved = now - timedelta(days=days)
        TurnedAway.objects.filter(hour__gte=now - timedelta(hours=1)).update(hour=moved.replace(minute=0, second=0), last_at=moved)
    count_refusal(key.key.surface_id, "busy")
    assert pulse.traffic(now, WEEK)[key.key.surface_id].turned_away == 1
    assert forget_refusals() == 1
    assert TurnedAway.objects.count() == 3


def test_every_refusal_has_advice_in_one_sentence():
    assert set(ADVICE) == {one.code for one in REFUSALS} >= set(PROBLEMS)
    assert all(one.endswith(".") and ". " not in one for one in ADVICE.values())


def test_page_and_api_say_why_and_what_to_do(key, client_of, operator):
    surface = key.key.surface
    post(key, make.ended())
    post(key, {"no": "event"})
    for _ in range(2):
        post(key, make.ended(), **{"webhook-signature": "v1,AAAA"})
    page = text(client_of(operator), f"/surfaces/{surface.public_id}/")
    assert ADVICE["bad-signature"] in page
    assert ADVICE["invalid"] in page
    assert "75.0 %" in page
    assert "(3 of 4)" in text(client_of(operator))
    told = client_of(operator).get(f"{LIST}{surface.public_id}/").json()
    assert (told["events_week"], told["refused_week"], told["refused_only"]) == (1, 3, False)
    assert [(one["problem"], one["kept"], one["count"]) for one in told["refused"]] == [("bad-signature", False, 2), ("invalid", True, 1)]
    assert told["refused"][0]["advice"] == ADVICE["bad-signature"]
    assert told["refused"][0]["last_seen"]


def test_requests_of_nobody_we_know_are_on_the_list_and_in_the_api(key, client_of, operator, reviewer):
    assert "Of nobody we know" not in text(client_of(operator))
    post(key, make.ended(), Authorization="Bearer rk_unknown")
    page = text(client_of(operator))
    assert "Of nobody we know" in page
    assert ADVICE["unknown-key"] in page
    [told] = client_of(operator).get(f"{LIST}strangers/").json()
    assert (told["problem"], told["kept"], told["count"]) == ("unknown-key", False, 1)
    assert client_of(reviewer).get(f"{LIST}strangers/").status_code == 403
    assert client_of(operator).post(f"{LIST}strangers/").status_code in {403, 405}


def test_a_sender_that_is_refused_only_is_called_refused_and_not_silent(key, client_of, operator, reviewer):
    surface, client = key.key.surface, client_of(operator)
    post(key, make.ended())
    ReceivedEvent.objects.update(received_at=timezone.now() - timedelta(hours=2))
    assert "fallen silent" in text(client)
    for _ in range(pulse.KNOCKS):
        assert "A surface is refused" not in text(client)
        post(key, make.ended(), **{"webhook-signature": "v1,AAAA"})
    for path in ("/", "/surfaces/"):
        assert "A surface is refused" in text(client, path)
        assert "fallen silent" not in text(client, path)
    assert "It is refused" in text(client, f"/surfaces/{surface.public_id}/")
    assert "is refused" not in text(client_of(reviewer), "/")
    told = client.get(f"{LIST}{surface.public_id}/").json()
    assert (told["silent"], told["refused_only"]) == (False, True)
    post(key, make.ended())
    assert "A surface is refused" not in text(client)


def test_what_was_refused_long_ago_alarms_nobody(key):
    for _ in range(pulse.KNOCKS):
        count_refusal(key.key.surface_id, "bad-signature")
    assert pulse.shut_out(timezone.now()) == {key.key.surface_id}
    assert pulse.shut_out(timezone.now() + timedelta(hours=1, minutes=1)) == set()
