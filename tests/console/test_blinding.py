"""Who labels a conversation is answered about it as about everything they could still be asked to label: nothing tells which one they hold."""

import pytest
from django.utils import timezone

from moderation.actions import appeals, reviews
from moderation.actions.conversations import open_transcript
from moderation.actions.draws import adopt_plan
from moderation.actions.enrichment import enrich
from moderation.models import Enrichment, Review, Unit
from moderation.placing import WAIT
from moderation.states import Purpose, ReviewState, UnitKind
from tests import make
from tests.pages import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def waiting(unit):
    """Have somebody asked to read a unit, whether or not the draw did."""
    facts = {"unit": unit, "surface": unit.surface, "lane": "audit", "round": "first", "due_at": timezone.now()}
    return Review.objects.unfinished().filter(unit=unit).first() or Review.objects.create(**facts)


def of_ending(branch):
    """Return every address that tells of an ending."""
    at, api = f"/endings/{branch.ending.public_id}/", f"/api/v1/endings/{branch.ending.public_id}/"
    paths = [f"{at}{part}" for part in ("", "presence/", "notice/")] + [f"{api}{part}" for part in ("", "presence/", "notice/", "notices/")]
    return [*paths, "/endings/", "/endings/?q=bomb", "/api/v1/endings/?q=bomb", f"/search/?q={branch.ending.public_id}"]


def of_unit(branch):
    """Return every address that tells of a unit of any kind."""
    names = branch.public_id, branch.conversation.public_id
    lists = ["/endings/refused/", "/endings/continued/", "/api/v1/refused/", "/api/v1/continued/", "/feedback/", "/api/v1/feedback/"]
    page = f"/endings/units/{branch.public_id}/"
    return [
        page,
        f"/api/v1/units/{branch.public_id}/",
        f"/policies/1/flips/{branch.public_id}/",
        *lists,
        *(f"/search/?q={name}" for name in names),
    ]


def seen(client, paths):
    """Return what each address answers, but for what changes from one moment to the next."""
    answers = {path: client.get(path) for path in paths}
    return {path: (one.status_code, one.headers.get("Location"), plain(one)) for path, one in answers.items()}


@pytest.mark.parametrize("kind", ["ended", "refused", "continued"])
def test_every_address_answers_who_holds_it_as_it_did_before(kind, client_of, senior):
    ending = make.make_ending()
    branch = {"ended": lambda: ending.branch, "refused": make.make_refused, "continued": make.make_continued}[kind]()
    review, client = waiting(branch.unit), client_of(senior)
    paths = of_unit(branch) + (of_ending(branch) if kind == "ended" else [])
    before = seen(client, paths)
    Review.objects.filter(pk=review.pk).update(state=ReviewState.CLAIMED, reviewer=senior, claimed_at=timezone.now())
    assert seen(client, paths) == before
    Review.objects.filter(pk=review.pk).update(state=ReviewState.SUBMITTED, submitted_at=timezone.now())
    assert seen(client, paths) == before


def test_a_crisis_is_refused_alike_to_who_holds_it_and_who_could(client_of, senior):
    ending, client = make.make_ending(), client_of(senior)
    path = f"/api/v1/endings/{ending.public_id}/crisis/"
    before = client.post(path).json()
    review = waiting(ending.branch.unit)
    Review.objects.filter(pk=review.pk).update(state=ReviewState.CLAIMED, reviewer=senior)
    after = client.post(path)
    assert (after.status_code, after.json()["detail"]) == (409, before["detail"])


@pytest.mark.parametrize("door", ["/endings/units/{}/open/", "/api/v1/units/{}/open/", "/policies/1/flips/{}/"])
def test_opening_what_one_holds_gives_it_to_somebody_else(door, client_of, reviewer, second_reviewer):
    ending = make.make_ending()
    review = reviews.claim_review(waiting(ending.branch.unit).pk, actor=reviewer)
    client, form = client_of(reviewer), {"purpose": "quality"}
    path = door.format(ending.branch.public_id)
    answer = client.post(path, form, content_type="application/json") if "/api/" in path else client.post(path, form)
    assert answer.status_code in {201, 302}
    review.refresh_from_db()
    assert (review.term, review.reviewer) == (ReviewState.OPEN, None)
    with pytest.raises(reviews.NotYours):
        reviews.claim_review(review.pk, actor=reviewer)
    assert reviews.claim_review(review.pk, actor=second_reviewer).reviewer == second_reviewer


def test_who_opens_it_after_their_answer_takes_that_back_no_more(reviewer):
    review = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    open_transcript(review.unit.branch, Purpose.QUALITY, actor=reviewer)
    with pytest.raises(reviews.NotYours):
        reviews.take_back(review.pk, actor=reviewer)
    assert reviews.decide_review(review.pk).term is ReviewState.DECIDED


def test_who_takes_its_appeal_labels_it_no_more(senior):
    appeal = make.make_appeal()
    review = reviews.claim_review(waiting(appeal.branch.unit).pk, actor=senior)
    appeals.take_appeal(appeal.pk, actor=senior)
    review.refresh_from_db()
    assert (review.term, review.reviewer) == (ReviewState.OPEN, None)


def test_a_blind_transcript_tells_no_time_that_lists_tell_too(client_of, reviewer):
    event = make.ended()
    for turn in event["data"]["transcript"]:
        turn["at"] = f"2026-01-05T10:{turn['index']:02}:00+00:00"
    make.send(event)
    make.judge_all()
    review = reviews.claim_review(Review.objects.get().pk, actor=reviewer)
    shown = client_of(reviewer).get(f"/reviews/{review.public_id}/").content.decode()
    assert make.HARM in shown
    assert "2026" not in shown.split("data-transcript")[1].split("Decision point")[0]


def test_feedback_tells_no_turn_to_who_could_still_label_it(client_of, reviewer, compliance):
    one = make.make_feedback(at_turn=3)
    path = f"/api/v1/feedback/{one.public_id}/"
    assert [client_of(who).get(path).json()["at_turn"] for who in (reviewer, compliance)] == [None, 3]


def rare():
    """Adopt a plan by which the base draw takes next to nothing, and the enriched one may."""
    adopt_plan(dict.fromkeys(UnitKind, "0.000001"), actor=make.TESTS)


def unmasked(client, kind, branch):
    """Return whether page, API, list and log tell somebody what happened."""
    listed = {"ended": f"/endings/?reason=persistent_harm&user={branch.conversation.subject.public_id}", "refused": "/endings/refused/"}
    name = branch.ending.public_id if kind == "ended" else branch.refused_ends.get().public_id
    told = client.get(f"/api/v1/units/{branch.public_id}/").json()["masked"] is False
    assert (name in client.get(listed.get(kind, "")).content.decode()) is told
    entries = client.get(f"/api/v1/audit/?target={name}").json()["results"]
    assert bool(entries) is told
    return told


@pytest.mark.parametrize("kind", ["ended", "refused"])
def test_before_a_draw_may_take_it_nobody_who_labels_sees_what_happened(kind, client_of, senior, compliance):
    rare()
    branch = make.make_ending().branch if kind == "ended" else make.make_refused()
    assert not Review.objects.exists()
    assert not unmasked(client_of(senior), kind, branch)
    assert unmasked(client_of(compliance), kind, branch)
    Unit.objects.update(decided_at=timezone.now() - WAIT)
    enrich()
    drawn = Review.objects.exists()
    assert unmasked(client_of(senior), kind, branch) is not drawn
    Enrichment.objects.update(drawn=False)
    Review.objects.all().delete()
    assert unmasked(client_of(senior), kind, branch)


def test_what_is_drawn_and_not_measured_is_masked_too(client_of, senior):
    ending = make.make_ending(judged=False)
    assert not Review.objects.exists()
    assert not unmasked(client_of(senior), "ended", ending.branch)


def test_who_opened_it_before_it_was_drawn_is_never_asked_to_label_it(client_of, senior, reviewer):
    rare()
    ending = make.make_ending()
    client_of(senior).post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    assert unmasked(client_of(senior), "ended", ending.branch)
    review = waiting(ending.branch.unit)
    assert not Review.objects.open_to(senior).exists()
    assert Review.objects.open_to(reviewer).get() == review


def test_what_is_hidden_says_why_until_when_and_who_sees_it(client_of, reviewer, compliance):
    path = f"/endings/{make.make_ending().public_id}/"
    told = {
        "/endings/": "Hidden from you is what you may still be asked to label blind",
        path: "Policy owners and compliance, who never label",
    }
    for at, said in told.items():
        assert [said in client_of(who).get(at).content.decode() for who in (reviewer, compliance)] == [True, False]
