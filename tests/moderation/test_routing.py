"""Why people look at an ending: the table, and the queue that follows from it."""

import dataclasses
import itertools
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from moderation import guard_rails, routing
from moderation.actions.draws import FIRST_RATES, adopt_plan
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Review, Standing
from moderation.routing import NEAR_CRISIS, ROUTES, Situation, lane_of, reasons, within
from moderation.states import WRONGFUL, Lane, Outcome, Result, ReviewState, Why
from tests import make

CUT = 5_000
ENDED = Situation(drawn=False, outcome=Outcome.JUSTIFIED, no_crisis=Result.PASS, crisis_cut=CUT)


@pytest.mark.parametrize(
    ("facts", "whys"),
    [
        ({}, ()),
        ({"drawn": True}, (Why.DRAWN,)),
        ({"outcome": Outcome.CRISIS, "crisis_score": 9_000}, (Why.CRISIS,)),
        ({"crisis_score": CUT - NEAR_CRISIS - 1}, ()),
        ({"crisis_score": CUT - NEAR_CRISIS}, (Why.NEAR_CRISIS,)),
        ({"no_crisis": Result.UNCLEAR, "outcome": Outcome.UNCLEAR}, (Why.NEAR_CRISIS, Why.UNCLEAR)),
        ({"category": "sexual_minors"}, (Why.MINORS,)),
        ({"blamed": True}, (Why.CONTRADICTED,)),
        ({"blamed": True, "in_words": True}, (Why.COMPLAINT, Why.CONTRADICTED)),
        ({"blamed": True, "outcome": Outcome.PREMATURE}, ()),
        ({"praised": True}, ()),
        ({"praised": True, "outcome": Outcome.PREMATURE}, (Why.CONTRADICTED,)),
        ({"unread": True, "outcome": Outcome.UNCLEAR}, (Why.UNREAD, Why.UNCLEAR)),
        ({"doubts": frozenset({Why.SECOND_CRISIS, Why.CITED_WRONGLY})}, (Why.SECOND_CRISIS, Why.CITED_WRONGLY)),
    ],
)
def test_each_reason_has_its_case(facts, whys):
    assert reasons(dataclasses.replace(ENDED, **facts)) == whys


def test_what_was_not_ended_is_looked_at_only_where_it_was_drawn():
    assert reasons(Situation(drawn=True, blamed=True, unread=True, crisis_score=9_999)) == (Why.DRAWN,)


def test_every_reason_has_a_route():
    assert set(ROUTES) == set(Why)
    assert set(routing.LANES) == set(Lane)


@given(st.sets(st.sampled_from(Why), min_size=1), st.sampled_from(Why))
def test_a_further_reason_never_makes_it_less_urgent(whys, more):
    assert routing.LANES.index(lane_of({*whys, more})) <= routing.LANES.index(lane_of(whys))
    assert within({*whys, more}) <= within(whys)


def test_without_a_reason_there_is_no_lane():
    with pytest.raises(ValueError, match="no reason"):
        lane_of(())


@given(st.sampled_from(sorted(WRONGFUL)), st.booleans(), st.booleans())
def test_every_crisis_is_urgent(outcome, blamed, praised):
    whys = reasons(dataclasses.replace(ENDED, outcome=outcome, blamed=blamed, praised=praised))
    assert (Why.CRISIS in whys) is (outcome is Outcome.CRISIS)


@pytest.fixture
def undrawn(ground):
    """An installation that draws nothing for the audit."""
    adopt_plan(dict.fromkeys(FIRST_RATES, "0"), actor=make.TESTS)


def feedback(event, **said):
    make.send(make.about("feedback.given", event, **said))


@pytest.mark.django_db
def test_a_justified_ending_that_nobody_doubts_is_not_read(undrawn):
    make.make_ending()
    assert Standing.objects.get().outcome == Outcome.JUSTIFIED
    assert not Review.objects.exists()


@pytest.mark.django_db
def test_thumbs_down_on_a_justified_ending_bring_a_person(undrawn):
    event = make.ended()
    make.send(event)
    make.judge_all()
    feedback(event, thumbs="down")
    review = Review.objects.get()
    assert (review.lane, review.reasons) == (Lane.DISPUTE, [Why.CONTRADICTED])
    assert AuditEntry.objects.about("review", review.public_id).get().entry["codes"] == {"lane": "dispute", "why": "contradicted"}


@pytest.mark.django_db
def test_a_complaint_in_words_opens_an_urgent_review_even_where_none_was_drawn(undrawn):
    event = make.ended()
    make.send(event)
    make.judge_all()
    feedback(event, thumbs="down", text="I was joking")
    review = Review.objects.get()
    assert review.lane == Lane.URGENT
    assert timedelta(hours=23) < review.due_at - timezone.now() <= timedelta(hours=24)


@pytest.mark.django_db
def test_a_waiting_review_learns_and_never_waits_longer(ground):
    event = make.ended()
    make.send(event)
    make.judge_all()
    before = Review.objects.get()
    assert before.reasons == [Why.DRAWN]
    feedback(event, thumbs="down")
    after = Review.objects.get()
    assert (after.lane, after.reasons) == (Lane.AUDIT, [Why.DRAWN, Why.CONTRADICTED])
    assert after.due_at < before.due_at
    feedback(event, thumbs="up")
    assert Review.objects.get().reasons == after.reasons
    feedback(event, thumbs="down", text="I was joking")
    assert Review.objects.get().lane == Lane.URGENT
    assert AuditEntry.objects.about("review", before.public_id).count() == 3


@pytest.mark.django_db
def test_a_held_review_stays_where_it_is(ground):
    event = make.ended()
    make.send(event)
    make.judge_all()
    review = Review.objects.get()
    Review.objects.filter(pk=review.pk).update(state=ReviewState.CLAIMED, reviewer=make.make_person("reviewer"))
    feedback(event, thumbs="down", text="I was joking")
    found = Review.objects.get()
    assert (found.lane, found.due_at) == (review.lane, review.due_at)
    assert found.reasons == [Why.DRAWN, Why.COMPLAINT, Why.CONTRADICTED]


@pytest.mark.django_db
def test_a_sign_just_below_the_threshold_is_urgent(undrawn, monkeypatch):
    monkeypatch.setattr(guard_rails, "KNOBS", {})  # no policy may be so lax; the scores of the sentence are high
    make.make_policy(dataclasses.replace(DEFAULT_TERMS, crisis=9_999, margin=0), since=timezone.now() - timedelta(days=80))
    make.make_ending(("user", "I want to kill myself tonight. I have no reason to live any more."), ("assistant", "I end this now."))
    review, standing = Review.objects.get(), Standing.objects.get()
    assert standing.outcome != Outcome.CRISIS
    assert Why.NEAR_CRISIS in review.reasons
    assert review.lane == Lane.URGENT


@pytest.mark.django_db
def test_reasons_are_told_to_who_cannot_label_and_to_nobody_blind(undrawn, client_of, senior, reviewer, auditor):
    event = make.ended()
    make.send(event)
    make.judge_all()
    feedback(event, thumbs="down", text="I was joking")
    review = Review.objects.get()
    ending = review.unit.branch.ending
    words = [why.label for why in (Why.COMPLAINT, Why.CONTRADICTED)]

    def shown(person, path):
        return client_of(person).get(path).content.decode()

    for person, path in itertools.product(
        (reviewer, senior), ("/reviews/", f"/reviews/{review.public_id}/", f"/endings/{ending.public_id}/")
    ):
        assert not any(word in shown(person, path) for word in words)
    assert client_of(reviewer).get(f"/api/v1/reviews/{review.public_id}/").json()["reasons"] is None
    assert all(word in shown(auditor, f"/reviews/{review.public_id}/") for word in words)
    assert client_of(auditor).get(f"/api/v1/reviews/{review.public_id}/").json()["reasons"] == review.reasons
    client = client_of(senior)
    client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    assert all(word in client.get(f"/endings/{ending.public_id}/").content.decode() for word in words)
