"""The queue and the label form: what they show, what they never show, and each move at both doors."""

import json
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Transcript
from moderation.models import Label, Opening, Review, Unit, User
from moderation.states import Lane, ReviewState
from tests import make

pytestmark = pytest.mark.django_db

WARNED = {"turns_warned": "5", "warning_names_behaviour": "on", "warning_says_may_end": "on"}
GOOD = {"answer": "yes", "right_from": "7", "crisis": "none", "confidence": "high"} | WARNED
NO = {"answer": "no", "crisis": "none", "confidence": "high", "check_warned": "fail", "turns_warned": "7"}


def claimed(reviewer):
    return make.make_review(ReviewState.CLAIMED, reviewer=reviewer)


def test_start_serves_the_next_item(client_of, reviewer):
    review = make.make_review()
    answer = client_of(reviewer).post("/reviews/next/")
    assert answer["Location"] == f"/reviews/{review.public_id}/"


def test_an_empty_queue_says_so(client_of, reviewer, ground):
    answer = client_of(reviewer).post("/reviews/next/", follow=True)
    assert "queue is clear" in answer.content.decode().lower()


def test_the_form_never_tells_what_happened(client_of, reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer, reason="persistent_abuse", explanation="Persistent.")
    ending = review.unit.branch.ending
    body = client_of(reviewer).get(f"/reviews/{review.public_id}/").content.decode()
    standing = ending.standing
    for told in (ending.public_id, standing.get_outcome_display(), "persistent_abuse", "Persistent abuse", "I have ended", "Persistent."):
        assert told not in body, told
    assert "If this continues" in body


def test_the_api_never_tells_either(client_of, reviewer):
    review = claimed(reviewer)
    shown = json.dumps(client_of(reviewer).get(f"/api/v1/reviews/{review.public_id}/").json())
    for told in ("justified", "persistent_harm", "score", review.unit.branch.ending.public_id):
        assert told not in shown


def test_looking_at_the_form_is_an_opening(client_of, reviewer):
    review = claimed(reviewer)
    client = client_of(reviewer)
    for _ in range(2):
        client.get(f"/reviews/{review.public_id}/")
    assert Opening.objects.get().purpose == "review"
    assert Review.objects.get().unit.tainted_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": ""}, "answer"),
        ({"answer": "perhaps"}, "answer"),
        ({"right_from": ""}, "right_from"),
        ({"right_from": "99"}, "right_from"),
        ({"right_from": "-1"}, "right_from"),
        ({"crisis": ""}, "crisis"),
        ({"crisis": "seen"}, "crisis_from"),
        ({"answer": "no_crisis"}, "crisis"),
        ({"answer": "cannot_tell"}, "note"),
        ({"crisis": "seen", "crisis_from": "2", "note": "x"}, "answer"),
    ],
)
def test_a_faulty_answer_comes_back_with_its_reason(client_of, reviewer, change, field):
    review = claimed(reviewer)
    make.read(review, reviewer)
    answer = client_of(reviewer).post(f"/reviews/{review.public_id}/submit/", GOOD | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Review.objects.get().state == ReviewState.CLAIMED


def test_the_whole_way_by_pages(client_of, reviewer):
    review = claimed(reviewer)
    client, base = client_of(reviewer), f"/reviews/{review.public_id}/"
    client.get(base)
    assert client.post(f"{base}submit/", GOOD).status_code == 302
    assert client.post(f"{base}undo/").status_code == 302
    client.post(f"{base}submit/", NO)
    assert client.post(f"{base}reveal/").status_code == 302
    assert "Justified" in client.get(base).content.decode()
    assert client.post(f"{base}undo/").status_code == 409
    assert Label.objects.get().answer == "no"


def test_the_whole_way_by_api(client_of, reviewer):
    make.make_review()
    client = client_of(reviewer)

    def post(path, body=None):
        return client.post(f"/api/v1/reviews/{path}", json.dumps(body or {}), content_type="application/json")

    given = post("next/").json()["id"]
    assert post(f"{given}/extend/").status_code == 200
    unread = post(
        f"{given}/submit/",
        {"answer": "no", "crisis": "none", "confidence": "high", "checks": [{"check": "warned", "result": "fail", "turns": [7]}]},
    )
    assert unread.status_code == 409
    client.get(f"/reviews/{given}/")
    bad = post(f"{given}/submit/", {"answer": "yes", "crisis": "none", "confidence": "high"})
    assert (bad.status_code, bad["Content-Type"]) == (422, "application/problem+json")
    assert "right_from" in bad.json()["fields"]
    good = {"answer": "yes", "right_from": 7, "crisis": "none", "confidence": "high"}
    good |= {"checks": [{"check": "warned", "result": "pass", "turns": [5]}], "warning_names_behaviour": True, "warning_says_may_end": True}
    assert post(f"{given}/submit/", good).json()["state"] == "submitted"
    assert post(f"{given}/undo/").json()["state"] == "claimed"
    assert post(f"{given}/release/").json()["state"] == "open"
    assert post(f"{given}/release/").status_code == 409
    assert post("R-00000000/release/").status_code == 404


def test_nothing_waits(client_of, reviewer, ground):
    assert client_of(reviewer).post("/api/v1/reviews/next/", "{}", content_type="application/json").status_code == 204


def test_picking_by_hand_is_for_urgent_items(client_of, reviewer):
    review = make.make_review()
    client = client_of(reviewer)
    client.post(f"/reviews/{review.public_id}/claim/")
    assert Review.objects.get().state == ReviewState.OPEN
    Review.objects.update(lane=Lane.URGENT)
    client.post(f"/reviews/{review.public_id}/claim/")
    assert Review.objects.get().reviewer == reviewer


def test_another_persons_review_shows_its_facts_only(client_of, reviewer, second_reviewer):
    review = claimed(reviewer)
    answer = client_of(second_reviewer).get(f"/reviews/{review.public_id}/")
    assert answer.status_code == 200
    assert make.HARM not in answer.content.decode()
    for move in ("submit", "release", "extend", "undo", "reveal"):
        assert client_of(second_reviewer).post(f"/reviews/{review.public_id}/{move}/", GOOD).status_code == 409, move


def test_unknown_reviews_are_missing(client_of, reviewer):
    client = client_of(reviewer)
    assert client.get("/reviews/R-00000000/").status_code == 404
    assert client.post("/reviews/R-00000000/claim/").status_code == 404


@pytest.mark.parametrize("query", ["?lane=urgent", "?state=decided", "?mine=true", "?language=en", "?after=nonsense", "?lane=nothing"])
def test_filters_of_the_queue(client_of, reviewer, query):
    make.make_review()
    assert client_of(reviewer).get(f"/reviews/{query}").status_code == 200


def test_a_heartbeat_extends_without_a_page(client_of, reviewer):
    review = claimed(reviewer)
    answer = client_of(reviewer).post(f"/reviews/{review.public_id}/extend/", headers={"X-Heartbeat": "1"})
    assert answer.status_code == 204


def test_every_kind_of_unit_asks_and_shows_alike(client_of, reviewer):
    talk = (("user", "first"), ("assistant", "second"), ("user", "third"), ("assistant", "what happened next"))
    make.make_ground()
    for event in (make.ended(*talk), make.ended(*talk, allowed=False), make.continued(*talk)):
        make.send(event)
    make.judge_all()
    for unit in Unit.objects.all():
        review, _ = Review.objects.get_or_create(
            unit=unit, round="first", defaults={"surface": unit.surface, "lane": "audit", "due_at": timezone.now()}
        )
        Review.objects.filter(pk=review.pk).update(state="claimed", reviewer=reviewer)
        body = client_of(reviewer).get(f"/reviews/{review.public_id}/").content.decode()
        assert "At turn 3, would ending be right?" in body, unit.kind
        assert "third" in body
        assert "what happened next" not in body.split("Decision point")[0], unit.kind


def test_who_labels_sees_neither_the_ending_nor_its_lane(client_of, reviewer):
    review = claimed(reviewer)
    ending, client = review.unit.branch.ending, client_of(reviewer)
    assert "You may be asked to label it blind" in client.get(f"/endings/{ending.public_id}/").content.decode()
    assert client.get(f"/api/v1/endings/{ending.public_id}/").json()["masked"] is True
    shown = client.get(f"/api/v1/reviews/{review.public_id}/").json()
    assert (shown["lane"], shown["due_at"]) == (None, None)


def test_who_may_be_asked_to_label_sees_a_masked_page_until_they_open_it(client_of, reviewer, compliance):
    review = make.make_review()
    ending, client = review.unit.branch.ending, client_of(reviewer)
    path = f"/endings/{ending.public_id}/"
    body = client.get(path).content.decode()
    for told in ("Justified", "Persistent harm", "Violence", review.public_id, make.HARM):
        assert told not in body, told
    assert "Justified" in client_of(compliance).get(path).content.decode()
    client.post(f"{path}open/", {"purpose": "quality"})
    assert "Justified" in client.get(path).content.decode()
    assert client.post("/reviews/next/")["Location"] == "/reviews/"


def test_a_nul_in_an_address_is_no_page(client_of, reviewer):
    client = client_of(reviewer)
    for path in ("/reviews/%00/", "/endings/x%00y/", "/api/v1/endings/E-%00/", "/api/v1/reviews/%00/"):
        assert client.get(path).status_code == 404
    assert Client().post("/sign-in/", {"username": "a\x00b", "password": "x"}).status_code == 422


@pytest.mark.parametrize("door", ["/reviews/{}/submit/", "/api/v1/reviews/{}/submit/"])
def test_an_answer_decrypts_nothing_before_the_look_is_recorded(client_of, reviewer, monkeypatch, door):
    make.make_ground()
    make.send(make.continued())
    unit = Unit.objects.get()
    held = {"state": "claimed", "reviewer": reviewer, "lane": "audit", "due_at": timezone.now()}
    review = Review.objects.create(unit=unit, surface=unit.surface, **held)
    content, openings = Transcript.content, []
    monkeypatch.setattr(Transcript, "content", lambda one: openings.append(Opening.objects.count()) or content(one))
    client = client_of(reviewer)
    given = {"content_type": "application/json"} if "api" in door else {}
    post = partial(client.post, door.format(review.public_id), {}, **given)
    assert post().status_code == 409
    assert (openings, Opening.objects.count()) == ([], 0)
    client.get(f"/reviews/{review.public_id}/")
    Opening.objects.update(until=timezone.now())
    assert post().status_code == 422
    assert openings[0] == 1
    assert openings[-1] == Opening.objects.count() == 2


def test_a_held_review_is_opened_and_answered_by_the_api_alone(client_of, reviewer, second_reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    client, path = client_of(reviewer), f"/api/v1/reviews/{review.public_id}/"
    good = {"answer": "no", "crisis": "none", "confidence": "high", "checks": [{"check": "warned", "result": "fail", "turns": [7]}]}
    assert client.post(f"{path}submit/", good, content_type="application/json").status_code == 409
    assert client_of(second_reviewer).post(f"{path}open/").status_code == 409
    assert client.get(f"{path}open/").status_code == 405
    assert client.post(f"{path}open/").json()["id"] == review.public_id
    assert client.post(f"{path}open/").status_code == 200
    assert [(one.user, one.purpose) for one in Opening.objects.all()] == [(reviewer, "review")]
    assert client.post(f"{path}submit/", good, content_type="application/json").status_code == 200
    assert client.post(f"{path}open/").status_code == 409


def test_break_is_offered_to_who_labels_alone(client_of, reviewer, auditor):
    shown = 'data-command="everywhere.break"'
    assert (shown in client_of(reviewer).get("/").content.decode(), shown in client_of(auditor).get("/").content.decode()) == (True, False)


def test_printed_keys_follow_the_remapping(client_of, reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    User.objects.filter(pk=reviewer.pk).update(keymap={"transcript.next": "z"})
    assert "go to it with z and K" in client_of(reviewer).get(f"/reviews/{review.public_id}/").content.decode()
