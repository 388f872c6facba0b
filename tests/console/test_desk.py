"""The desk at both doors: exposure, break, comfort, overrides, saved views; and what the queue tells and does not tell."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import desks, labels
from moderation.actions.conversations import open_transcript
from moderation.models import BudgetOverride, Comfort, ContentNote, Desk, Exposure, Review, SavedView, Unit
from moderation.states import Lane, Purpose, ReviewState, Why
from tests import make

pytestmark = pytest.mark.django_db


def api(client, method, path, body=None):
    return getattr(client, method)(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json")


def test_a_break_by_page_and_by_api(client_of, reviewer):
    client = client_of(reviewer)
    assert client.post("/desk/break/").status_code == 302
    assert "data-on-break" in client.get("/desk/").content.decode()
    assert api(client, "post", "desk/resume/").json()["on_break_since"] is None
    assert api(client, "post", "desk/break/").json()["on_break_since"]
    assert api(client, "post", "reviews/next/").status_code == 409
    client.post("/desk/resume/")
    assert Desk.objects.get().break_since is None
    assert client.get("/desk/break/").status_code == client.get("/api/v1/desk/break/").status_code == 405


def test_comfort_by_page_and_by_api(client_of, reviewer, settings):
    client = client_of(reviewer)
    assert (
        client.post("/settings/comfort/", {"fold": "on", "opted_out": ["hate", "cbrn"], "ceiling": "2", "day_cap": "40"}).status_code == 302
    )
    kept = client.get("/api/v1/desk/comfort/").json()
    assert (kept["fold"], kept["opted_out"], kept["ceiling"], kept["day_cap"]) == (True, ["cbrn", "hate"], 2, 40)
    assert client.get("/settings/comfort/").context["form"].initial["fold"] is True
    assert api(client, "put", "desk/comfort/", {"blur": True}).json()["fold"] is False
    assert "data-blur" in client.get("/").content.decode()
    assert client.post("/settings/comfort/", {"day_cap": settings.EXPOSURE_DAY + 1}).status_code == 422
    refused = api(client, "put", "desk/comfort/", {"day_cap": settings.EXPOSURE_DAY + 1})
    assert (refused.status_code, "day_cap" in refused.json()["fields"]) == (422, True)
    assert Comfort.objects.get().day_cap is None


def test_folding_while_labelling_follows_the_wish_and_no_score(client_of, reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    client, path = client_of(reviewer), f"/reviews/{review.public_id}/"
    assert "data-fold" not in client.get(path).content.decode()
    client.post("/settings/comfort/", {"fold": "on"})
    assert client.get(path).content.decode().count("data-fold") == sum(role == "user" for role, _ in make.LADDER)


def test_only_a_senior_lets_somebody_read_on(client_of, reviewer, senior):
    wanted = {"user": reviewer.pseudonym, "units": 50, "reason": "own_wish"}
    assert client_of(reviewer).post("/desk/override/", wanted).status_code == 403
    assert api(client_of(reviewer), "post", "desk/override/", wanted).status_code == 403
    client = client_of(senior)
    assert client.post("/desk/override/", wanted).status_code == 302
    assert api(client, "post", "desk/override/", wanted).status_code == 204
    assert api(client, "post", "desk/override/", wanted | {"user": "K-0000"}).status_code == 422
    assert api(client, "post", "desk/override/", wanted | {"user": senior.pseudonym}).status_code == 409
    client.post("/desk/override/", wanted | {"units": "0"})
    assert BudgetOverride.objects.count() == 2


def test_a_senior_sees_who_is_near_the_limit_and_nobody_else_does(client_of, reviewer, senior):
    opening = open_transcript(make.make_ending().branch, Purpose.QUALITY, actor=reviewer)
    Exposure.objects.filter(opening=opening).update(units=150)
    assert reviewer.pseudonym in client_of(senior).get("/desk/").content.decode()
    assert "Near their limit" not in client_of(reviewer).get("/desk/").content.decode()
    assert client_of(reviewer).get("/").context["exposure"] >= 80


def test_views_by_page_and_by_api(client_of, reviewer, second_reviewer):
    client = client_of(reviewer)
    assert (
        client.post("/views/save/", {"page": "reviews", "name": "German", "query": "language=de&after=x"})["Location"]
        == "/reviews/?language=de"
    )
    shown = client.post(
        "/views/save/",
        {"page": "reviews", "name": "Open"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/reviews/?lane=audit"},
    )
    assert shown["HX-Redirect"] == "/reviews/?lane=audit"
    assert "German" in client.get("/reviews/").content.decode()
    made = api(client, "post", "views/", {"page": "endings", "name": "Crisis", "query": "verdict=crisis"})
    assert made.status_code == 201
    assert len(client.get("/api/v1/views/").json()) == 3
    assert client_of(second_reviewer).get("/api/v1/views/").json() == []
    assert client_of(second_reviewer).post(f"/views/{made.json()['id']}/delete/").status_code == 404
    assert api(client_of(second_reviewer), "delete", f"views/{made.json()['id']}/").status_code == 404
    assert api(client, "delete", f"views/{made.json()['id']}/").status_code == 204
    client.post(f"/views/{SavedView.objects.get(name='German').public_id}/delete/")
    assert SavedView.objects.count() == 1
    assert api(client, "post", "views/", {"page": "elsewhere", "name": "x"}).status_code == 422
    assert client.post("/views/save/", {"page": "reviews", "name": ""}).status_code == 302


def test_the_count_of_mine_is_the_length_of_its_list(client_of, reviewer):
    make.make_review(ReviewState.DECIDED, reviewer=reviewer)
    make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    client = client_of(reviewer)
    page = client.get("/reviews/?mine=true")
    assert page.context["lanes"]["mine"]["count"] == len(page.context["rows"]) == 2
    assert len(client.get("/reviews/?mine=read").context["rows"]) == 1


def test_what_one_labels_is_on_no_list_that_tells_its_lane(client_of, reviewer):
    held, other = make.make_review(ReviewState.CLAIMED, reviewer=reviewer), make.make_review()
    client = client_of(reviewer)
    for query in ("", "?lane=audit", "?state=claimed", "?mine=", "?mine=&lane=audit", "?mine=true&lane=audit", "?mine=read&lane=audit"):
        assert held.public_id not in [row.public_id for row in client.get(f"/reviews/{query}").context["rows"]], query
        assert held.public_id not in [row["id"] for row in client.get(f"/api/v1/reviews/{query}").json()["results"]], query
    assert [row["id"] for row in client.get("/api/v1/reviews/?mine=true").json()["results"]] == [held.public_id]
    assert [row.public_id for row in client.get("/reviews/?lane=audit").context["rows"]] == [other.public_id]


@pytest.mark.parametrize("state", [ReviewState.CLAIMED, ReviewState.SUBMITTED])
def test_mine_tells_neither_lane_nor_content_nor_due_time(state, client_of, reviewer):
    review = make.make_review(state, reviewer=reviewer)
    ContentNote.objects.update(severity=3, topics=["cbrn"])
    Unit.objects.update(in_base=False)
    Review.objects.update(lane=Lane.URGENT, due_at=timezone.now() - timedelta(days=2))
    page = client_of(reviewer).get("/reviews/?mine=true").content.decode()
    row = page[page.index("<tr data-row>") : page.index("</tr>", page.index("<tr data-row>"))]
    assert review.public_id in row
    assert not [word for word in ("Urgent", "CBRN", "Overdue", "<time") if word in row]
    assert "Urgent" in client_of(make.make_person("senior")).get("/reviews/?state=" + state).content.decode()


def test_mine_comes_as_it_was_claimed_whatever_is_due_first(client_of, reviewer):
    first, later = (make.make_review(ReviewState.SUBMITTED, reviewer=reviewer) for _ in range(2))
    Review.objects.filter(pk=later.pk).update(due_at=timezone.now() - timedelta(days=2))
    client = client_of(reviewer)
    for order in ("due_at", "-due_at"):
        assert [row.pk for row in client.get(f"/reviews/?mine=true&order={order}").context["rows"]] == [first.pk, later.pk]
    assert [row["id"] for row in client.get("/api/v1/reviews/?mine=true").json()["results"]] == [first.public_id, later.public_id]


def test_what_is_expected_is_told_of_urgent_items_that_no_draw_took(client_of, reviewer):
    review = make.make_review()
    client = client_of(reviewer)
    ContentNote.objects.update(severity=3, topics=["cbrn"])
    for lane, drawn, told in ((Lane.AUDIT, False, False), (Lane.URGENT, True, False), (Lane.URGENT, False, True)):
        Review.objects.filter(pk=review.pk).update(lane=lane)
        Unit.objects.update(in_base=drawn)
        assert ("CBRN" in client.get("/reviews/").content.decode()) is told


def test_tabs_tell_count_age_and_due_time(client_of, reviewer):
    review = make.make_review()
    Review.objects.filter(pk=review.pk).update(lane=Lane.URGENT, reasons=["crisis"])
    lanes = client_of(reviewer).get("/reviews/?lane=crisis").context["lanes"]
    assert (lanes["crisis"]["count"], lanes["urgent"]["count"], lanes["audit"]["count"]) == (1, 1, 0)
    assert lanes["crisis"]["due"] == lanes["urgent"]["due"] == Review.objects.get().due_at
    assert lanes["crisis"]["active"]
    assert client_of(reviewer).post("/reviews/next/", {"lane": "crisis"})["Location"] == f"/reviews/{review.public_id}/"


def test_an_urgent_item_that_is_gone_gives_the_next_one(client_of, reviewer, second_reviewer):
    first, second = make.make_review(), make.make_review()
    Review.objects.update(lane=Lane.URGENT)
    client_of(reviewer).post(f"/reviews/{first.public_id}/claim/")
    answer = client_of(second_reviewer).post(f"/reviews/{first.public_id}/claim/", follow=True)
    assert answer.redirect_chain == [(f"/reviews/{second.public_id}/", 302)]
    assert "Taken by another reviewer" in answer.content.decode()
    third = client_of(make.make_person("reviewer")).post(f"/reviews/{first.public_id}/claim/")
    assert third.status_code == 409
    assert api(client_of(second_reviewer), "post", f"reviews/{first.public_id}/claim/").status_code == 409


def test_picking_by_hand_is_refused_by_the_api_too(client_of, reviewer):
    review = make.make_review()
    assert api(client_of(reviewer), "post", f"reviews/{review.public_id}/claim/").status_code == 409
    Review.objects.update(lane=Lane.URGENT)
    assert api(client_of(reviewer), "post", f"reviews/{review.public_id}/claim/").json()["state"] == "claimed"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda _: None, ""),
        (lambda person: Review.objects.update(state=ReviewState.DECIDED, reviewer=person), "clear"),
        (lambda _: Exposure.objects.update(units=900), "budget is spent"),
        (lambda person: Comfort.objects.create(user=person, ceiling=0), "would rather not read"),
        (lambda person: open_transcript(Review.objects.get().unit.branch, Purpose.QUALITY, actor=person), "is for others"),
    ],
)
def test_start_says_why_there_is_nothing(client_of, reviewer, change, sentence):
    other = make.make_ending().branch
    Review.objects.all().delete()
    open_transcript(other, Purpose.QUALITY, actor=reviewer)
    make.make_review()
    change(reviewer)
    answer = client_of(reviewer).get("/reviews/")
    assert sentence in answer.context["outlook"]
    assert bool(sentence) == bool(answer.context["outlook"])
    if sentence:
        assert sentence in client_of(reviewer).post("/reviews/next/", follow=True).content.decode()
        assert client_of(reviewer).post("/reviews/next/", headers={"HX-Request": "true"})["HX-Redirect"] == "/reviews/"


def test_who_is_here_is_shown_with_breaks(client_of, reviewer, second_reviewer):
    desks.begin_break(second_reviewer)
    shown = client_of(reviewer).get("/reviews/").content.decode()
    assert second_reviewer.pseudonym in shown
    assert "(break)" in shown
    Desk.objects.update(seen_at=timezone.now() - timedelta(minutes=11))
    assert second_reviewer.pseudonym not in client_of(reviewer).get("/reviews/").content.decode()


def test_an_empty_lane_of_second_reads_says_what_may_fill_it(client_of, reviewer):
    client = client_of(reviewer)
    assert "No first reading is under way" in client.get("/reviews/?lane=second").content.decode()
    make.make_review(ReviewState.SUBMITTED)
    assert "1 first reading under way" in client.get("/reviews/?lane=second").content.decode()


def test_the_form_says_which_item_of_the_day_and_the_sitting_it_is(client_of, reviewer):
    make.make_review(ReviewState.DECIDED, reviewer=reviewer)
    make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    Desk.objects.filter(user=reviewer).update(sitting_since=timezone.now())  # it began after the first was decided
    make.make_review()
    form = client_of(reviewer).post("/reviews/next/", follow=True).content.decode()
    assert "2 today · item 2 of this sitting" in form


@pytest.mark.parametrize("door", ["page", "htmx", "api"])
def test_the_crisis_check_serves_what_may_be_a_crisis_and_nothing_that_is_due_before_it(door, client_of, reviewer):
    other, crisis = make.make_review(), make.make_review()
    soon = timezone.now() + timedelta(hours=1)
    Review.objects.filter(pk=other.pk).update(lane=Lane.URGENT, reasons=[Why.MINORS], due_at=soon)
    Review.objects.filter(pk=crisis.pk).update(lane=Lane.URGENT, reasons=[Why.MINORS, Why.CRISIS], due_at=soon + timedelta(hours=1))
    client = client_of(reviewer)
    if door == "api":
        assert api(client, "post", "reviews/next/", {"lane": "crisis"}).json()["id"] == crisis.public_id
    else:
        client.post("/reviews/next/", {"lane": "crisis"}, headers={"HX-Request": "true"} if door == "htmx" else {})
    assert [one.pk for one in Review.objects.held_by(reviewer)] == [crisis.pk]
    labels.pass_on(crisis.pk, actor=reviewer)
    assert api(client, "post", "reviews/next/", {"lane": "crisis"}).status_code == 204
    assert api(client, "post", "reviews/next/", {"lane": "urgent"}).json()["id"] == other.public_id
