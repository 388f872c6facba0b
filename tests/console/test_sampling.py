"""The sampling plan on its page, and the planner against the table of the method."""

from dataclasses import replace
from decimal import Decimal
from html import unescape

import numpy as np
import pytest
from django.utils import timezone

from console.views import allocations
from moderation.actions import labels
from moderation.actions.plans import Change, propose_plan
from moderation.allocations import Told
from moderation.draw_check import check_draw
from moderation.models import Calibration, PlanProposal, Review
from moderation.sampling import Frame, fitting, plan_in_force, plan_now, planned
from moderation.states import Answer, ReviewState, Round, UnitKind
from moderation.statistics.costs import Costs
from moderation.strata import first_rates
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("alpha", "unknown", "small"),
    [("0.05", (59, 93, 124, 153), 54), ("0.01", (299, 473, 628, 773), 196), ("0.001", (2_995, 4_742, 6_294, 7_752), 475)],
)
def test_the_planner_gives_the_numbers_of_the_method(alpha, unknown, small):
    found = planned(alpha, 500, 100, 0.0)
    assert tuple(one.unknown for one in found.needs) == unknown
    assert found.needs[0].sized == small
    assert found.needs[0].months == small / 100
    assert planned(alpha, 500, 500, 0.0).chance == 1.0


def test_a_first_label_counts_once_nobody_has_to_confirm_it(ground, reviewer, second_reviewer, senior, client_of):
    """It found the ending wrong, the second reader did not, and a senior agreed with the second."""
    unit = make.make_ending().branch.unit
    make.answer(Review.objects.get(), reviewer, make.statement(Answer.NO))

    def counted():
        report = check_draw()
        return plan_now(timezone.now()).frames[0].labelled, report.labelled, report.waiting

    assert counted() == (0, 0, 1)
    assert "The draw is complete" not in client_of(senior).get("/").content.decode()
    make.answer(make.reading(unit, Round.SECOND), second_reviewer)
    make.answer(make.reading(unit, Round.ADJUDICATION), senior)
    assert counted() == (1, 1, 0)
    assert "People found 0 of 1 drawn endings wrongful" in client_of(senior).get("/").content.decode()


def test_the_plan_counts_what_was_drawn_and_read(ground, reviewer):
    make.make_ending()
    make.answer(make.make_review(), reviewer)
    found = plan_now(timezone.now())
    ended = found.frames[0]
    assert (ended.kind, ended.units, ended.rate, ended.drawn, ended.labelled) == (UnitKind.ENDED, 2, "1", 2, 1)
    assert (found.pace, found.asked, found.strain) == (1, 2.0, 2.0)
    assert found.ledgers[-1].units + found.ledgers[0].units == 2


def test_what_was_passed_on_is_owed_until_it_is_settled(ground, reviewer, second_reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer)
    labels.pass_on(review.pk, actor=reviewer)
    assert plan_now(timezone.now()).owed == 1
    make.answer(review, second_reviewer)
    assert plan_now(timezone.now()).owed == 0


def test_the_page_answers_and_says_where_it_cannot(ground, client_of, reviewer, outsider):
    client = client_of(reviewer)
    page = client.get("/sampling/", {"alpha": "0.001", "population": 500, "pace": 100, "true_rate": "0"}).content.decode()
    assert "2\u202f995 base-draw reviews without a failure" in page
    assert "475 of 500 endings" in page
    assert client.get("/sampling/", {"population": "many"}).status_code == 422
    assert "At this pace never" in client.get("/sampling/", {"pace": 0}).content.decode()
    assert client_of(outsider).get("/sampling/").status_code == 403


def test_before_the_first_plan_it_says_so(client_of, reviewer):
    assert "No plan" in client_of(reviewer).get("/sampling/").content.decode()


def test_the_plan_says_which_rate_would_fit():
    ended, went_on = Frame(UnitKind.ENDED, 100, "1", 0, 0), Frame(UnitKind.CONTINUED, 1_000, "0.2", 0, 0)
    assert fitting((ended, went_on), 300) is None
    assert fitting((ended, went_on), 150) == (UnitKind.CONTINUED, Decimal("0.0500"))
    assert fitting((ended, went_on), 90) is None
    assert fitting((ended, Frame(UnitKind.CONTINUED, 1_000_000, "0.2", 0, 0)), 101) is None, "a rate of 0 draws nobody"
    assert (ended.bound, went_on.bound) == (0.0, pytest.approx(0.012, abs=0.002))


def test_a_change_is_proposed_by_one_and_adopted_by_another(ground, client_of, policy_owner, reviewer):
    author, other = client_of(policy_owner), client_of(make.make_approver())
    page = author.get("/sampling/change/").content.decode()
    assert 'value="0.2"' in page
    form = {"ended": "1", "refused": "0.5", "continued": "0.30", "window": "", "why": "<b>More</b>"}
    form |= first_rates()
    assert author.post("/sampling/change/", form | {"continued": "2"}).status_code == 422
    assert "in force" in author.post("/sampling/change/", form | {"continued": "0.2"}).content.decode()
    path = author.post("/sampling/change/", form)["Location"]
    page = author.get(path).content.decode()
    assert "&lt;b&gt;More" in page
    assert "Somebody other than the author" in page
    assert author.post(f"{path}approve/").status_code == 409
    assert client_of(reviewer).post(f"{path}approve/").status_code == 403
    assert path in client_of(reviewer).get("/sampling/").content.decode()
    page = other.post(f"{path}approve/", follow=True).content.decode()
    assert "Plan 2" in page
    assert other.post(f"{path}refuse/").status_code == 409
    assert author.get("/sampling/changes/Z-00000000/").status_code == 404


def test_who_set_a_change_aside_or_withdrew_it_is_told(ground, client_of, policy_owner):
    author, other = client_of(policy_owner), make.make_approver()
    form = {"ended": "1", "refused": "0.5", "continued": "0.30", "window": "", "why": "More"} | first_rates()
    for client, who, word, unlike in (
        (author, policy_owner, "Withdrawn", "Set aside"),
        (client_of(other), other, "Set aside", "Withdrawn"),
    ):
        path = author.post("/sampling/change/", form)["Location"]
        assert ">Withdraw<" in author.get(path).content.decode()
        page = " ".join(client.post(f"{path}refuse/", follow=True).content.decode().split())
        assert f"<dt>{word}</dt>" in page
        assert f"<dt>{unlike}</dt>" not in page
        told = page.split(f"<dt>{word}</dt>")[1].split("</dd>")[0]
        assert who.pseudonym in told
        assert "<time" in told
        made = author.get(f"/api/v1{path}").json()
        assert (made["state"], made["refused_by"], made["approver"]) == ("refused", who.pseudonym, None)
        assert made["decided_at"]


def test_the_api_does_the_same(ground, client_of, policy_owner, reviewer):
    author, other, path = client_of(policy_owner), client_of(make.make_approver()), "/api/v1/sampling/changes/"
    sent = {"why": "More", "rates": {"continued": "0.30"}}
    made = author.post(path, sent, "application/json").json()
    assert (made["state"], made["rates"]["continued"], made["rates"]["ended"]) == ("proposed", "0.3", "1")
    assert author.post(path, sent | {"rates": {"continued": "1.1"}}, "application/json").status_code == 422
    assert author.post(path, sent | {"strata": {"none": "1"}}, "application/json").status_code == 422
    assert author.post(f"{path}{made['id']}/approve/").status_code == 409
    assert other.post(f"{path}{made['id']}/approve/").json()["plan"] == 2
    assert other.post(f"{path}{made['id']}/refuse/").status_code == 409
    assert client_of(reviewer).post(path, sent, "application/json").status_code == 403
    plan = client_of(reviewer).get("/api/v1/sampling/").json()
    assert (plan["version"], [one["rate"] for one in plan["frames"]]) == (2, ["1", "0.5", "0.3"])
    needs = client_of(reviewer).get("/api/v1/sampling/planner/?alpha=0.01&population=500&pace=100").json()["needs"]
    assert (needs[0]["unknown"], needs[0]["sized"]) == (299, 196)
    assert client_of(reviewer).get("/api/v1/sampling/planner/?alpha=0.3").status_code == 422


@pytest.fixture
def strata(monkeypatch):
    """A month of 2,000 endings in three strata, of which those near the threshold and those with a complaint vary."""
    known = Told(
        UnitKind.ENDED,
        ("ended:near:silent:harm", "ended:over:blamed:harm", "ended:over:silent:harm"),
        np.array([300.0, 100.0, 1600.0]),
        np.ones(3),
        np.array([40.0, 30.0, 200.0]),
        np.array([0.2, 0.4, 0.01]),
        "1",
        ("1", "1", "1"),
    )
    monkeypatch.setattr(allocations, "told_of", lambda kind, _: replace(known, kind=kind))


def test_reviews_are_allotted_and_the_rates_are_taken_into_a_change(ground, strata, client_of, policy_owner, reviewer):
    client, asked = client_of(policy_owner), {"kind": "ended", "reviews": 400, "base": 280}
    page = " ".join(client.get("/sampling/allocation/", asked).content.decode().split())
    assert "400 reviews a month of “Ended”, 2 000 units. Allotted to strata they estimate" in page
    assert "by the rates in force" in page
    link = "/sampling/change/?kind=ended&amp;reviews=400&amp;base=280"
    assert link in page
    assert link not in client_of(reviewer).get("/sampling/allocation/", asked).content.decode()
    form = client.get(unescape(link))
    assert "Filled with the rates of an allocation" in form.content.decode()
    filled = {name: field.initial for name, field in form.context["form"].fields.items() if field.initial}
    assert (filled["ended"], filled.get("ended:over:silent:harm", "")) == ("0.14", "")
    made = client.post(unescape(link), filled | {"why": "Tighter."})
    rates = client.get(f"/api/v1{made['Location']}").json()["rates"]
    told = client.get("/api/v1/sampling/allocation/", asked).json()
    assert rates == told["rates"] | told["strata_rates"], "the page proposes what the API tells"
    sent = {"why": "Tighter.", "rates": told["rates"], "strata": told["strata_rates"]}
    assert client.post("/api/v1/sampling/changes/", sent, "application/json").json()["rates"] == rates
    assert PlanProposal.objects.count() == 2
    assert plan_in_force().version == 1


def test_an_allocation_says_what_a_review_costs_and_takes_it_into_the_change(ground, strata, monkeypatch, client_of, policy_owner):
    client, path, asked = client_of(policy_owner), "/sampling/allocation/", {"kind": "ended", "reviews": 400, "base": 100}
    page = client.get(path, asked).content.decode()
    assert "Fewer than 15 readings say how long a review takes" in page
    told = allocations.told_of
    costs = Costs(np.array([240.0, 60.0, 120.0]), np.array([True, True, False]), np.array([30, 20, 2]), 120.0)
    monkeypatch.setattr(allocations, "told_of", lambda kind, now: replace(told(kind, now), costs=costs))
    page, equal = (client.get(path, asked | more).content.decode() for more in ({}, {"cost": "equal"}))
    assert "A review costs the time it takes" in page
    assert "They do not enter: all reviews cost the same here." in equal
    timed, plain = (client.get(f"/api/v1{path}", asked | more).json() for more in ({}, {"cost": "equal"}))
    assert (timed["timed"], plain["timed"], sum(one["reads"] for one in plain["strata"])) == (True, False, 400)
    assert timed["proposed"]["hours"] == pytest.approx(timed["flat"]["hours"], abs=0.05)
    assert [(one["seconds"], one["readings"], one["own"]) for one in timed["strata"]] == [(240, 30, True), (60, 20, True), (120, 2, False)]
    link = "/sampling/change/?kind=ended&amp;reviews=400&amp;base=100&amp;cost=equal"
    assert link in equal
    filled = {name: field.initial for name, field in client.get(unescape(link)).context["form"].fields.items() if field.initial}
    assert (
        filled["ended:near:silent:harm"]
        == plain["strata_rates"]["ended:near:silent:harm"]
        != timed["strata_rates"]["ended:near:silent:harm"]
    )
    assert client.get(path, asked | {"cost": "free"}).status_code == 422


def test_the_allocation_tells_what_is_gained_and_refuses_what_makes_no_sense(ground, strata, client_of, reviewer, outsider):
    client, path = client_of(reviewer), "/sampling/allocation/"
    told = client.get(f"/api/v1{path}").json()
    assert (told["kind"], told["reviews"], told["base"]) == ("ended", 2000, 2000), "as the plan in force, all for the base draw"
    assert told["today"]["half"] == told["proposed"]["half"] == 0
    told = client.get(f"/api/v1{path}", {"reviews": 300, "base": 100}).json()
    assert told["proposed"]["half"] < told["flat"]["half"]
    assert told["proposed"]["claim"] > told["flat"]["claim"]
    assert sum(one["reads"] for one in told["strata"]) == 300
    page = client.get(path, {"reviews": 1}).content.decode()
    assert "since each stratum is read 15 times" in page
    assert "A promise of the policy in force is not certified." in page
    for wrong in ({"reviews": 10, "base": 11}, {"kind": "none"}, {"reviews": "many"}):
        assert client.get(path, wrong).status_code == client.get(f"/api/v1{path}", wrong).status_code == 422
        assert client_of(make.make_person("policy_owner")).get("/sampling/change/", {"kind": "ended"} | wrong).status_code == 302
    assert client_of(outsider).get(path).status_code == 403


def test_where_nothing_happened_there_is_nothing_to_allot(ground, client_of, reviewer):
    page = client_of(reviewer).get("/sampling/allocation/")
    assert page.status_code == 200
    assert "there is nothing to allot" in page.content.decode()
    refused = client_of(reviewer).get("/api/v1/sampling/allocation/", {"kind": "continued"})
    assert refused.status_code == 422
    assert "nothing to allot" in refused.content.decode()


def test_home_shows_who_may_agree_what_waits_for_a_second_person(ground, client_of, policy_owner):
    make.make_ending()
    page = client_of(policy_owner).get("/").content.decode()
    assert "Waits for another person" not in page
    plan = propose_plan(Change(dict.fromkeys(UnitKind, "0.5"), {}), why="", actor=policy_owner)
    calibration = Calibration.objects.create(version=1, classifier="embedded", classifier_version="4", author=policy_owner)
    page = client_of(policy_owner).get("/").content.decode()
    for link in (f"/sampling/changes/{plan.public_id}/", f"/calibrations/{calibration.version}/"):
        assert link in page
