"""Quarantine: why events were not taken, opening them for a purpose, correcting, replaying, discarding."""

import json

import pytest

from console.api.answers import STATUS
from console.surface_filters import PROBLEMS
from conversations.models import ConversationEnd, Quarantined, ReceivedEvent
from moderation.actions.batches import accept_one
from moderation.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db
NOTHING = "/quarantine/Z-00000000/"


@pytest.fixture
def event(ground):
    """An event that would be taken."""
    return make.ended()


@pytest.fixture
def kept(event):
    """That event, sent with a turn that is no number."""
    return refused(event | {"data": event["data"] | {"ending": event["data"]["ending"] | {"at_turn": "nine"}}})


def refused(body, surface=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    before = set(Quarantined.objects.values_list("pk", flat=True))
    assert accept_one(raw, surface or make.make_surface(), auth="test").code
    return Quarantined.objects.exclude(pk__in=before).get()


def url(kept, verb=""):
    return f"/quarantine/{kept.public_id}/{verb}"


def events_of(kept):
    return list(AuditEntry.objects.about("quarantined", kept.public_id).order_by("id").values_list("action", flat=True))


def text(client, path):
    return client.get(path).content.decode()


def test_empty_it_says_so(client_of, operator):
    assert "Quarantine is empty" in text(client_of(operator), "/quarantine/")


def test_the_list_names_field_and_reason_and_shows_what_hides(client_of, operator, kept):
    Quarantined.objects.update(fields=["data.\u202eevil<b>"])
    page = text(client_of(operator), "/quarantine/")
    assert kept.public_id in page
    assert "RLO" in page
    assert "\u202e" not in page
    assert "evil<b>" not in page


def test_it_counts_by_problem_and_by_surface(client_of, operator, kept):
    refused(b"{")
    refused(make.ended(source="/surfaces/other"))
    refused(b"{", make.make_surface("/surfaces/second"))
    answer = client_of(operator).get("/quarantine/")
    assert dict(answer.context["by_problem"]) == {"malformed": 2, "invalid": 1, "forbidden-source": 1}
    assert [n for _, _, n in answer.context["by_surface"]] == [3, 1]


def test_it_filters_by_problem_surface_state_and_time(client_of, operator, kept):
    other = refused(b"{", make.make_surface("/surfaces/second"))
    client = client_of(operator)

    def found(query):
        return {row.public_id for row in client.get(f"/quarantine/?{query}").context["rows"]}

    assert found("") == {kept.public_id, other.public_id}
    assert found("problem=malformed") == found(f"surface={other.surface.public_id}") == {other.public_id}
    assert found("state=discarded") == found("since=2999-01-01T00:00") == set()
    client.post(url(other, "discard/"), {"reason": "test"})
    assert found("") == {kept.public_id}
    assert found("state=all") == {kept.public_id, other.public_id}


def test_the_filter_knows_every_problem():
    assert set(PROBLEMS) == {*STATUS, "invalid"} - {"erased"}  # which is never kept


def test_the_page_shows_facts_and_never_the_body(client_of, operator, kept):
    page = text(client_of(operator), url(kept))
    assert "data.ending.at_turn" in page
    assert "bomb" not in page
    assert events_of(kept) == ["event.quarantined"]


def test_opening_is_recorded_before_the_body_is_decrypted(client_of, operator, kept, monkeypatch):
    seen = []
    body = Quarantined.body
    monkeypatch.setattr(Quarantined, "body", lambda self: seen.append(events_of(self)) or body(self))
    answer = client_of(operator).post(url(kept, "open/"), {"purpose": "correction"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "bomb" in answer.content.decode()
    assert seen[0] == ["event.quarantined", "event.viewed"]
    entry = AuditEntry.objects.about("quarantined", kept.public_id).get(action="event.viewed")
    assert json.loads(bytes(entry.body))["codes"]["purpose"] == "correction"


def test_opening_needs_a_purpose(client_of, operator, kept):
    answer = client_of(operator).post(url(kept, "open/"), {"purpose": "curiosity"})
    assert answer.status_code == 422
    assert "bomb" not in answer.content.decode()
    assert events_of(kept) == ["event.quarantined"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00<script>", b"{" * 50_000, b'{"a": "\xff"}', "<b>\u202e".encode(), b""])
def test_any_bytes_can_be_shown(client_of, operator, ground, raw):
    page = client_of(operator).post(url(refused(raw), "open/"), {"purpose": "diagnosis"})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script type", "")
    assert "<b>" not in page.content.decode()


def test_a_body_that_was_changed_is_not_shown(client_of, operator, kept):
    Quarantined.objects.update(sealed_body=b"\0" * 80)
    assert "does not open" in client_of(operator).post(url(kept, "open/"), {"purpose": "incident"}).content.decode()


def test_a_long_body_is_shown_in_part_and_not_offered_for_correction(client_of, operator, ground):
    answer = client_of(operator).post(url(refused(b"x" * 600_000), "open/"), {"purpose": "diagnosis"})
    assert "too long to be corrected" in answer.content.decode()


def test_replayed_as_it_came_it_is_taken_once_its_cause_is_gone(client_of, operator, event):
    make.send(event)
    twin = refused(event | {"id": "again"})
    assert twin.problem == "already-ended"
    answer = client_of(operator).post(url(twin, "replay/"))
    assert answer.status_code == 422
    assert "Refused again" in answer.content.decode()
    assert events_of(twin) == ["event.quarantined", "event.replay_refused"]
    twin.refresh_from_db()
    assert (twin.state, twin.replays.get().problem) == ("held", "already-ended")


def test_a_corrected_body_is_taken_and_the_first_stays(client_of, operator, event, kept):
    client = client_of(operator)
    sealed, mended = bytes(kept.sealed_body), json.dumps(event, indent=2)
    answer = client.post(url(kept, "replay/"), {"body": mended})
    assert (answer.status_code, answer["Location"]) == (302, url(kept))
    kept.refresh_from_db()
    assert kept.became == ReceivedEvent.objects.get(event_id=event["id"])
    assert (kept.state, kept.settled_by, bytes(kept.sealed_body)) == ("replayed", operator.pseudonym, sealed)
    assert kept.replays.get().body().decode() == mended
    assert ConversationEnd.objects.count() == 1
    assert events_of(kept) == ["event.quarantined", "event.replayed"]
    page = text(client, url(kept))
    assert kept.became.public_id in page
    assert "Replay as it came" not in page


def test_a_refused_correction_keeps_its_text_its_reason_and_the_first_reason(client_of, operator, event, kept):
    client, wrong = client_of(operator), json.dumps(event | {"time": "soon"})
    answer = client.post(url(kept, "replay/"), {"body": wrong})
    assert answer.status_code == 422
    assert answer.context["correction_form"]["body"].value() == wrong
    assert not ReceivedEvent.objects.exists()
    kept.refresh_from_db()
    assert (kept.state, kept.fields) == ("held", ["data.ending.at_turn"])
    assert kept.replays.get().fields == ["time"]
    opened = client.post(url(kept, "open/"), {"purpose": "correction"})
    assert '"soon"' in opened.context["correction_form"]["body"].value()
    assert '"nine"' in opened.context["text"]


def test_an_empty_correction_is_named(client_of, operator, kept):
    assert client_of(operator).post(url(kept, "replay/"), {"body": "  "}).status_code == 422
    assert not kept.replays.exists()


def test_a_conflict_is_settled_by_giving_it_another_id(client_of, operator, event):
    make.send(event)
    other = refused(event | {"time": make.ended()["time"]})
    assert other.problem == "conflict"
    client = client_of(operator)
    assert client.post(url(other, "replay/")).status_code == 422
    fresh = make.about("message.rejected", event)
    assert client.post(url(other, "replay/"), {"body": json.dumps(fresh)}).status_code == 302


def test_what_became_of_a_repeat_is_the_event_of_the_first_time(client_of, operator, event, kept):
    make.send(event)
    client_of(operator).post(url(kept, "replay/"), {"body": json.dumps(event)})
    kept.refresh_from_db()
    assert kept.became == ReceivedEvent.objects.get()


def test_discarding_needs_a_reason_of_the_list(client_of, operator, kept):
    client = client_of(operator)
    for reason in ({}, {"reason": ""}, {"reason": "because"}):
        assert client.post(url(kept, "discard/"), reason).status_code == 422
    assert client.post(url(kept, "discard/"), {"reason": "beyond_repair"}).status_code == 302
    kept.refresh_from_db()
    assert (kept.state, kept.reason, kept.settled_by) == ("discarded", "beyond_repair", operator.pseudonym)
    assert events_of(kept) == ["event.quarantined", "event.discarded"]
    assert "Beyond repair" in text(client, url(kept))


@pytest.mark.parametrize(("verb", "data"), [("replay/", {}), ("discard/", {"reason": "test"})])
def test_what_is_settled_stays_settled(client_of, operator, kept, verb, data):
    client = client_of(operator)
    client.post(url(kept, "discard/"), {"reason": "test"})
    assert client.post(url(kept, verb), data).status_code == 409
    assert client.post(f"/api/v1{url(kept, verb)}", data, content_type="application/json").status_code == 409


@pytest.mark.parametrize("verb", ["open/", "replay/", "discard/"])
def test_moves_refuse_other_methods_roles_and_ids(client_of, operator, auditor, reviewer, kept, verb):
    data = {"purpose": "incident", "reason": "test"}
    assert client_of(operator).get(url(kept, verb)).status_code == 405
    assert client_of(auditor).post(url(kept, verb), data).status_code == 403
    assert client_of(reviewer).post(url(kept, verb), data).status_code == 403
    assert client_of(operator).post(f"{NOTHING}{verb}", data).status_code == 404
    assert events_of(kept) == ["event.quarantined"]


def test_pages_refuse_other_methods_roles_and_ids(client_of, operator, auditor, reviewer, kept):
    for path in ("/quarantine/", url(kept)):
        assert client_of(operator).post(path).status_code == 405
        assert client_of(reviewer).get(path).status_code == 403
        assert client_of(auditor).get(path).status_code == 200
    assert client_of(operator).get(NOTHING).status_code == 404
    assert "An operator may" in text(client_of(auditor), url(kept))


def test_a_pasted_id_leads_to_its_page(client_of, operator, kept):
    assert client_of(operator).get(f"/search/?q={kept.public_id.lower()}")["Location"] == url(kept)
