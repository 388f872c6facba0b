"""Promises on their page, on the home page, in the API and before everybody."""

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string
from django.test import Client

from console.promises import Shown, conditions
from moderation.actions import policies
from moderation.models import Certificate, Policy, Review, Unit
from moderation.proposals import at_seal
from moderation.states import Answer, Promise, PromiseState, Round
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(ground):
    return Policy.objects.live().get()


def keep(policy, **more):
    window = {"since": make.timezone.now() - make.timedelta(days=30), "until": make.timezone.now()}
    return Certificate.objects.create(policy=policy, **({"promise": "wrongful", "state": "certified", "alpha": "0.01"} | window | more))


def text(client, path):
    return client.get(path).content.decode()


def test_each_state_says_what_would_change_it(live):
    counted = {"population": 500, "drawn": 300, "promise": "crisis", "alpha": "0.001", "p_value": 0.2, "upper": 0.01}
    for more, word in (
        ({"state": "certified"}, "Shown for this window"),
        ({"state": "not_yet", "more": 120}, "120 more base-draw reviews, if none"),
        ({"state": "not_yet", "more": 12, "owed": 12}, "12 drawn endings are owed a label"),
        ({"state": "not_yet", "more": 13, "owed": 12}, "13 more base-draw reviews, 12 of them owed already"),
        ({"state": "not_yet", "more": None}, "No number of reviews"),
        ({"state": "violated", "fed": 40}, "from 40 labels"),
        ({"state": "unknown", "population": 0, "drawn": 0}, "ended nothing"),
        ({"promise": "missed", "state": "measured"}, "No level"),
        ({"promise": "delay", "state": "unknown", "n": 3}, "More than half"),
        ({"promise": "missed", "state": "unknown"}, "Labels of the draw"),
    ):
        row = keep(live, **(counted | more))
        assert word in Shown(Promise(row.promise), row).change
    assert Shown(Promise.CRISIS, None).state is PromiseState.UNKNOWN


def test_a_reader_sees_on_what_a_certificate_depends(live, policy_owner, client_of):
    browser, version = client_of(policy_owner), policies.draft_policy(live.terms(), title="Next", why="", actor=policy_owner).version
    keep(live, test="fixed")
    assert "units that were added to it later do not count" in text(browser, "/promises/")
    browser.post(f"/policies/{version}/seal/", {"top_up": "on"})
    draft = Policy.objects.get(version=version)
    known = {"seal": draft.seals.get(), "test": at_seal(draft.seals.get().design).design, "drawn_at_seal": 9, "labelled_at_seal": 4}
    row = keep(draft, **known)
    [told] = browser.get(f"/api/v1/policies/{version}/promises/").json()
    assert told["test"] == "anytime"
    assert "4 of 9 drawn units had a final label when it was sealed" in told["conditions"][1]
    shown = {"found": {"promises": {}}, "seal": row.seal, "certificates": [(row, conditions(row))]}
    page = render_to_string("impacts/_certificates.html", shown)
    assert all(one in page for one in told["conditions"])
    assert "0 drawn, 0 of them with a final label" in text(browser, f"/policies/{version}/")
    row.labelled_at_seal = 0
    assert conditions(row)[1].startswith("It was sealed before")
    row.drawn_at_seal = None
    assert conditions(row)[1].endswith("was not kept.")


def test_what_is_published_was_certified_of_a_policy_in_force(live, policy_owner):
    now = make.timezone.now()
    draft = policies.draft_policy(live.terms(), title="Draft", why="", actor=policy_owner)
    keep(draft)
    keep(live, since=live.live_from - make.timedelta(days=1))
    months = [datetime(2026, 6, day, tzinfo=UTC) for day in (3, 29)] + [datetime(2026, 7, 2, tzinfo=UTC)]
    Policy.objects.filter(pk=live.pk).update(live_from=datetime(2026, 1, 1, tzinfo=UTC))
    rows = [keep(live, since=until - make.timedelta(days=30), until=until) for until in months]
    assert [one for one in Certificate.objects.held() if one.until < now - make.timedelta(days=1)] == [rows[2], rows[1]]
    assert draft not in {one.policy for one in Certificate.objects.held()}


def test_sixty_nights_leave_the_months_before_in_view(live):
    Policy.objects.filter(pk=live.pk).update(live_from=datetime(2026, 1, 1, tzinfo=UTC))
    for night in range(60):
        until = datetime(2026, 3, 1, tzinfo=UTC) + make.timedelta(days=night)
        keep(live, since=until - make.timedelta(days=30), until=until)
    assert [one.until.month for one in Certificate.objects.held()] == [4, 3]


def test_a_draft_that_nobody_sealed_is_not_weighed(live, policy_owner, client_of):
    draft = policies.draft_policy(live.terms(), title="Draft", why="", actor=policy_owner)
    refused = client_of(policy_owner).post(f"/api/v1/policies/{draft.version}/weigh/")
    assert (refused.status_code, "seal it first" in refused.json()["detail"]) == (409, True)
    assert not draft.certificates.exists()


def test_the_latest_of_each_counts(live, client_of, reviewer):
    keep(live, estimate=0.004, low=0.001, high=0.016, n=412)
    keep(live, state="not_yet", more=131, estimate=0.008, low=0.004, high=0.016, n=412, drawn=5, population=9, p_value=0.3, upper=0.02)
    make.make_ending()
    home = text(client_of(reviewer), "/")
    assert "Not yet" in home
    assert "0.8\u202f%" in home
    assert "131 more" in home
    assert home.count('class="card promise"') == 4
    page = text(client_of(reviewer), "/promises/")
    assert "0.3000" in page
    assert "Certified so far" in page


def test_everybody_reads_what_was_certified_and_when(live, ground):
    assert "No rate has been certified" in text(Client(), "/criteria/")
    keep(live, drawn=300, population=500)
    page = text(Client(), "/criteria/")
    assert "Certified rates" in page
    assert "at most" in page.lower()
    assert "300 of 500" in page
    told = Client().get("/api/v1/policy", headers={"Authorization": f"Bearer {make.make_key().api_key}"}).json()
    assert [one["at_most"] for one in told["certified"]] == ["0.01"]


def test_weighing_takes_a_policy_owner(live, client_of, reviewer, policy_owner):
    assert client_of(reviewer).post("/promises/weigh/").status_code == 403
    assert client_of(policy_owner).post("/promises/weigh/").status_code == 302
    assert Certificate.objects.count() == len(Promise)
    answer = client_of(policy_owner).get("/api/v1/policies/1/promises/")
    assert {one["promise"] for one in answer.json()} == set(Promise)
    assert client_of(policy_owner).post("/api/v1/policies/1/weigh/").status_code == 200
    assert client_of(policy_owner).post("/api/v1/policies/99/weigh/").status_code == 404


def test_without_a_policy_it_says_so(client_of, policy_owner):
    assert "No policy is in force" in text(client_of(policy_owner), "/promises/")
    client_of(policy_owner).post("/promises/weigh/")
    assert not Certificate.objects.exists()


class TestBehind:
    PATH, API = "/promises/{}/units/", "/api/v1/promises/{}/units/"

    @pytest.fixture
    def weighed(self, live):
        """A window in which one ending was found wrong, one waits for its label, and one conversation went on."""
        wrong, waits, went_on = make.make_ending(), make.make_ending(), make.make_continued()
        make.answer(Review.objects.get(unit__branch=wrong.branch), make.make_person("reviewer"), make.statement(Answer.NO, note="Calm."))
        make.answer(make.reading(wrong.branch.unit, Round.SECOND), make.make_person("reviewer"), make.statement(Answer.NO, note="Calm."))
        Unit.objects.filter(branch=went_on).update(in_base=False)
        for promise in Promise:
            keep(live, promise=promise, state="not_yet", until=make.timezone.now() + make.timedelta(hours=1))
        return wrong, waits

    def rows(self, client, promise, query=""):
        return {row["ending"]: row for row in client.get(f"{self.API.format(promise)}{query}").json()["results"]}

    @pytest.mark.parametrize("role", ["policy_owner", "compliance"])
    def test_home_leads_to_each_label_with_its_weight(self, role, weighed, client_of):
        wrong, waits = weighed
        client = client_of(make.make_person(role))
        home = text(client, "/")
        for promise in Promise:
            assert f'href="{self.PATH.format(promise)}"' in home
        shown = text(client, self.PATH.format("wrongful"))
        for told in (wrong.public_id, waits.public_id, "Owed", "Base", f'href="/endings/{wrong.public_id}/"'):
            assert told in shown
        rows = self.rows(client, "wrongful")
        found, owed = rows[wrong.public_id], rows[waits.public_id]
        assert (found["label"], found["against"], found["weight"], found["in_base"]) == ("no", True, 1.0, True)
        assert (owed["label"], owed["against"], owed["label_id"]) == (None, None, None)
        assert self.rows(client, "crisis")[wrong.public_id]["against"] is False

    def test_filters(self, weighed, client_of, policy_owner):
        wrong, waits = weighed
        client = client_of(policy_owner)
        for query, found in (
            ("?label=no", {wrong.public_id}),
            ("?label=given", {wrong.public_id}),
            ("?label=none", {waits.public_id}),
            ("?draw=enriched", set()),
            ("?stratum=x", set()),
        ):
            assert set(self.rows(client, "wrongful", query)) == found
            assert all(name in text(client, self.PATH.format("wrongful") + query) for name in found)
        assert client.get(f"{self.API.format('wrongful')}?label=nonsense").status_code == 422

    def test_the_delay_tells_when_each_was_first_labelled(self, weighed, client_of, policy_owner):
        rows = self.rows(client_of(policy_owner), "delay")
        assert [rows[one.public_id]["hours"] is None for one in weighed] == [False, True]
        assert "None yet" in text(client_of(policy_owner), self.PATH.format("delay"))

    def test_what_one_could_still_label_is_left_out_and_counted(self, weighed, client_of, senior):
        wrong, waits = weighed
        assert set(self.rows(client_of(senior), "wrongful")) == {wrong.public_id}
        shown = text(client_of(senior), self.PATH.format("wrongful"))
        assert waits.public_id not in shown
        told = "Left out is what you may still be asked to label blind: {} of all that was drawn in these days, whatever happened in"
        assert told.format(1) in shown
        make.make_ending(judged=False)
        Unit.objects.filter(kind="continued").update(in_base=True, decided_at=make.timezone.now())
        assert all(told.format(3) in text(client_of(senior), self.PATH.format(promise)) for promise in Promise)

    def test_before_it_is_weighed_and_for_no_promise(self, live, client_of, policy_owner):
        client = client_of(policy_owner)
        assert "Not weighed yet" in text(client, self.PATH.format("missed"))
        assert self.rows(client, "missed") == {}
        assert client.get(self.PATH.format("nonsense")).status_code == 404
        assert client.get(self.API.format("nonsense")).status_code == 404
        assert client.post(self.API.format("missed")).status_code == 405
        assert client_of(make.make_person()).get(self.API.format("missed")).status_code == 403
