"""Campaigns: results beside verdicts, progress, pause and resume, shadows, what is erased, what it costs."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd
from moderation import leases, work
from moderation.actions import campaigns
from moderation.actions.campaigns import Basis, Wish
from moderation.actions.verdicts import Found, conclude
from moderation.audit.events import Event
from moderation.campaigns import compare
from moderation.classifiers.registry import UnknownClassifierError, hosted
from moderation.decisions import decision
from moderation.judge import DEFAULT_TERMS
from moderation.models import (
    AuditEntry,
    Campaign,
    CandidateTurn,
    Classification,
    HostedJudge,
    JudgeBatch,
    Policy,
    Rejudgement,
    Review,
    RoleName,
    Standing,
    Verdict,
    WorkItem,
)
from moderation.states import Answer, CampaignState, IllegalMove
from tests import make
from tests.moderation.test_hosted import cites, vendor  # noqa: F401  # a fixture
from tests.moderation.test_opinions import obeying

pytestmark = pytest.mark.django_db


@pytest.fixture
def endings(ground):
    return [make.make_ending() for _ in range(3)]


def wish(**more):
    now = timezone.now()
    return Wish(**({"since": now - timedelta(days=2), "until": now + timedelta(days=1), "classifier": "rules"} | more))


def run():
    campaigns.feed_campaigns()
    make.judge_all()
    campaigns.feed_campaigns()


def test_results_stand_beside_the_verdicts_and_change_none(endings):
    before = (
        list(Verdict.objects.values_list("pk", "outcome")),
        Standing.objects.count(),
        CandidateTurn.objects.count(),
        Review.objects.count(),
    )
    made = campaigns.start_campaign(wish(), actor=make.TESTS)
    run()
    made.refresh_from_db()
    assert (made.term, made.total, made.results.count()) == (CampaignState.FINISHED, 3, 3)
    assert made.results.exclude(outcome="").count() == 3
    assert before == (
        list(Verdict.objects.values_list("pk", "outcome")),
        Standing.objects.count(),
        CandidateTurn.objects.count(),
        Review.objects.count(),
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Rejudgement.objects.update(outcome="justified")


def test_another_policy_gives_other_outcomes_and_they_are_compared_with_labels(endings, reviewer):
    make.answer(Review.objects.first(), reviewer, make.statement(Answer.NO))
    made = campaigns.start_campaign(wish(policy=strict(), classifier="embedded"), actor=make.TESTS)
    run()
    found = compare(made)
    assert (found.done, found.changed, found.erased) == (3, 3, 0)
    assert len(found.differing) == 3
    assert (found.agreement.n, found.agreement.before.value, found.agreement.after.value) == (1, 0.0, 1.0)


def test_a_pause_stops_and_a_resume_goes_on_without_doing_anything_twice(endings):
    made = campaigns.start_campaign(wish(), actor=make.TESTS)
    campaigns.feed_campaigns()
    campaigns.pause_campaign(made.public_id, actor=make.TESTS)
    make.judge_all()
    assert not made.results.exists()
    campaigns.feed_campaigns()
    assert WorkItem.objects.filter(kind="reclassify", state="ready").count() == 0
    with pytest.raises(IllegalMove):
        campaigns.pause_campaign(made.public_id, actor=make.TESTS)
    campaigns.resume_campaign(made.public_id, actor=make.TESTS)
    run()
    run()
    assert made.results.count() == 3
    with pytest.raises(IllegalMove):
        campaigns.stop_campaign(made.public_id, actor=make.TESTS)


def test_a_shadow_follows_what_comes_in_on_its_share(endings):
    made = campaigns.start_campaign(wish(since=timezone.now(), until=None), actor=make.TESTS)
    run()
    assert not made.results.exists()
    make.make_ending(time=(timezone.now() + timedelta(seconds=2)).isoformat())
    run()
    made.refresh_from_db()
    assert (made.term, made.results.count()) == (CampaignState.RUNNING, 1)
    part = Wish(timezone.now() - timedelta(days=3), None, share=40)
    chosen = set(campaigns.units_of(part).values_list("pk", flat=True))
    assert chosen < set(campaigns.units_of(replace(part, share=100)).values_list("pk", flat=True))
    assert chosen == set(campaigns.units_of(part).values_list("pk", flat=True))


def test_what_was_erased_has_nothing_left_to_judge(endings):
    vault.store().destroy(endings[0].branch.conversation.subject_id)
    made = campaigns.start_campaign(wish(), actor=make.TESTS)
    run()
    found = compare(made)
    assert (found.done, found.erased, Campaign.objects.get().state) == (3, 1, "finished")


def test_an_estimate_rests_on_what_was_measured(endings):
    assert campaigns.estimate(wish()).seconds is None
    found = campaigns.estimate(wish(classifier="embedded"))
    assert (found.units, found.cost) == (3, 0)
    assert found.seconds > 0


def test_the_command_estimates_starts_and_refuses(endings):
    def told(*more):
        out = StringIO()
        call_command("reclassify", "--since", "2020-01-01", "--until", "2999-01-01", "--json", *more, stdout=out)
        return out.getvalue()

    assert '"units": 3' in told("--estimate")
    assert not Campaign.objects.exists()
    assert Campaign.objects.get(public_id__in=[told("--policy", "1").split('"')[3]]).policy == Policy.objects.get(version=1)
    with pytest.raises(CommandError, match="no policy 9"):
        told("--policy", "9")
    with pytest.raises(CommandError, match="share"):
        told("--share", "0")


def test_pages_estimate_start_and_steer(endings, client_of, policy_owner, reviewer):
    client = client_of(policy_owner)
    today = timezone.now().date()
    form = {"since": f"{today - timedelta(days=3)}", "until": f"{today}", "classifier": "embedded", "share": "100"}
    assert "3 endings. About" in client.get("/campaigns/", form).content.decode()
    assert client.post("/campaigns/", {}).status_code == 422
    assert "Choose from when" in client.post("/campaigns/", {"classifier": "rules", "share": 5}).content.decode()
    assert client.post("/campaigns/", form).status_code == 302
    made = Campaign.objects.get()
    path = f"/campaigns/{made.public_id}/"
    assert "Nothing has been judged yet" in client.get(path).content.decode()
    for move, state in (("pause", "paused"), ("resume", "running")):
        assert client.post(f"{path}{move}/").status_code == 302
        assert Campaign.objects.get().state == state
    run()
    page = client.get(path).content.decode()
    assert "0 of 3 come out otherwise" in page
    assert client.post(f"{path}stop/").status_code == 409
    assert client.get("/campaigns/W-00000000/").status_code == 404
    assert client.post("/campaigns/W-00000000/stop/").status_code == 404
    assert client_of(reviewer).get(path).status_code == 403
    assert work.due() == 0


def test_the_api_estimates_starts_steers_and_compares(endings, client_of, policy_owner, reviewer):
    client, path = client_of(policy_owner), "/api/v1/campaigns/"
    asked = {"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "classifier": "embedded"}
    assert client.post(f"{path}estimate/", asked, "application/json").json()["units"] == 3
    for wrong in ({"until": "2019-01-01T00:00:00Z"}, {"since": None}, {"classifier": "none"}, {"policy": 99}, {"share": 0}):
        assert client.post(path, asked | wrong, "application/json").status_code == 422
    made = client.post(path, asked, "application/json").json()
    assert (made["state"], made["total"], made["done"]) == ("running", 3, 0)
    here = f"{path}{made['id']}/"
    assert client.post(f"{here}pause/").json()["state"] == "paused"
    assert client.post(f"{here}pause/").status_code == 409
    assert client.post(f"{here}resume/").json()["state"] == "running"
    run()
    assert client.get(path).json()["results"][0]["done"] == 3
    found = client.get(f"{here}comparison/").json()
    assert (found["done"], found["changed"], sum(cell["n"] for cell in found["cells"])) == (3, 0, 3)
    assert client.post(f"{path}W-00000000/stop/").status_code == 404
    assert client_of(reviewer).get(here).status_code == 403


def test_what_one_may_still_label_blind_is_not_listed(endings, client_of, policy_owner):
    made = campaigns.start_campaign(wish(policy=strict(), classifier="embedded"), actor=make.TESTS)
    run()
    both = make.make_person("policy_owner")
    make.grant_role(both, RoleName.REVIEWER, actor=make.TESTS)
    page = f"/campaigns/{made.public_id}/"
    for who, listed in ((policy_owner, 3), (both, 0)):
        found = client_of(who).get(f"/api/v1{page}comparison/").json()
        assert (found["changed"], len(found["differing"])) == (3, listed)
        shown = client_of(who).get(page).content.decode()
        assert sum(ending.public_id in shown for ending in endings) == listed


def test_a_hosted_judge_judges_again_and_is_no_second_opinion(endings, vendor, settings):  # noqa: F811  # the fixture
    vendor.answer = lambda _: cites((0, "crisis_others", 0.9, "kill them"), assessment="crisis")
    before = set(Verdict.objects.values_list("pk", flat=True))
    found = campaigns.estimate(wish(classifier="anthropic"))
    assert (found.units, found.rests_on, found.cost > 3 * 7_500) == (3, Basis.SIZES, True)
    made = campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    run()
    made.refresh_from_db()
    results = list(made.results.all())
    assert (made.term, {one.outcome for one in results}) == (CampaignState.FINISHED, {"crisis"})
    assert [one.cost for one in results] == [7_500] * 3
    assert {one.classification.classifier for one in results} == {"anthropic/campaign"}
    ending = ConversationEnd.objects.get(branch=results[0].unit.branch)
    first = Classification.objects.get(branch=ending.branch, classifier="embedded")
    conclude([Found(results[0].unit, decision(results[0].unit), first, turns_of(results[0].unit))], Policy.objects.in_force_at)
    assert set(Verdict.objects.values_list("pk", flat=True)) == before, "no verdict weighs it"
    assert campaigns.estimate(wish(classifier="anthropic")).cost == 3 * 7_500
    asked, again = len(vendor.asked), campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    run()
    assert [(one.outcome, one.cost) for one in again.results.all()] == [("crisis", 0)] * 3
    assert len(vendor.asked) == asked, "one answer serves both"


def test_a_hosted_judge_without_a_key_is_not_offered(endings, settings, client_of, policy_owner):
    settings.JUDGE_ANTHROPIC_KEY = ""
    with pytest.raises(UnknownClassifierError):
        campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    assert b"anthropic" not in client_of(policy_owner).get("/campaigns/").content
    sent = {"shadow": True, "classifier": "anthropic"}
    assert client_of(policy_owner).post("/api/v1/campaigns/", sent, "application/json").status_code == 422


def test_what_a_judge_cannot_take_is_kept_without_an_outcome_and_what_fails_is_tried_again(endings, vendor, settings):  # noqa: F811
    settings.JUDGE_MAX_CHARS = 10
    made = campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    run()
    assert (compare(made).erased, vendor.asked) == (3, [])
    settings.JUDGE_MAX_CHARS = 200_000
    vendor.answer = lambda _: {"nothing": "like it"}
    other = campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    run()
    assert not other.results.exists()
    assert WorkItem.objects.filter(version=other.need, state="ready", attempts__gte=1).exists()


def die():
    """Let every open item of a campaign fail for good; the breaker, which would spare most tries, stays closed."""
    for _ in range(leases.MAX_ATTEMPTS):
        HostedJudge.objects.update(suspended_until=None, failures=0)
        WorkItem.objects.filter(kind="reclassify", state="ready").update(not_before=timezone.now() - timedelta(seconds=1))
        make.judge_all()
    WorkItem.objects.filter(kind="reclassify", state="ready").update(not_before=timezone.now() - timedelta(seconds=1))
    work.sweep()


def test_a_campaign_ends_with_what_failed_and_tries_it_again_when_asked(endings, vendor, client_of, policy_owner):  # noqa: F811
    vendor.answer = lambda _: {"nothing": "like it"}
    made = campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    campaigns.feed_campaigns()
    with pytest.raises(campaigns.NothingFailed):
        campaigns.retry_campaign(made.public_id, actor=make.TESTS)
    die()
    client, path = client_of(policy_owner), f"/campaigns/{made.public_id}/"
    assert "3 of 3 endings failed" in client.get(path).content.decode()
    campaigns.feed_campaigns()
    made.refresh_from_db()
    assert (made.term, made.done, made.failed, compare(made).dead) == (CampaignState.FINISHED, 0, 3, 3)
    assert AuditEntry.objects.naming(Event.CAMPAIGN_FINISHED).get().entry["codes"]["failed"] == 3
    assert "finished without them" in client.get(path).content.decode()
    assert "3 failed" in client.get("/campaigns/").content.decode()
    with pytest.raises(IllegalMove):
        campaigns.resume_campaign(made.public_id, actor=make.TESTS)
    HostedJudge.objects.update(suspended_until=None, failures=0)
    vendor.answer = lambda _: cites((0, "crisis_others", 0.9, "kill them"), assessment="crisis")
    assert client.post(f"{path}retry/").status_code == 302
    assert not WorkItem.objects.filter(kind="reclassify", state="dead").exists()
    run()
    made.refresh_from_db()
    assert (made.term, made.done, made.failed) == (CampaignState.FINISHED, 3, 0)
    assert client.post(f"{path}retry/").status_code == 409
    assert client.post(f"/api/v1{path}retry/").status_code == 409


def test_the_api_tells_what_failed_and_a_shadow_tries_it_again_too(endings, vendor, client_of, policy_owner):  # noqa: F811
    vendor.answer = lambda _: {"nothing": "like it"}
    made = campaigns.start_campaign(wish(since=timezone.now(), until=None, classifier="anthropic"), actor=make.TESTS)
    make.make_ending(time=(timezone.now() + timedelta(seconds=2)).isoformat())
    campaigns.feed_campaigns()
    die()
    campaigns.feed_campaigns()
    client, path = client_of(policy_owner), f"/api/v1/campaigns/{made.public_id}/"
    assert client.get(f"{path}comparison/").json()["dead"] == 1
    campaigns.pause_campaign(made.public_id, actor=make.TESTS)
    assert client.post(f"{path}retry/").status_code == 409
    campaigns.resume_campaign(made.public_id, actor=make.TESTS)
    assert client.get(f"{path}comparison/").json()["dead"] == 0
    campaigns.feed_campaigns()
    assert WorkItem.objects.get(kind="reclassify", state="ready").attempts == 0
    die()
    told = client.post(f"{path}retry/").json()
    assert (told["state"], told["failed"], told["done"]) == ("running", 0, 0)
    assert AuditEntry.objects.naming(Event.CAMPAIGN_RETRIED).get().entry["codes"]["units"] == 1


def test_what_a_swayed_judge_said_is_marked_in_every_campaign_that_rests_on_it(endings, vendor, settings, client_of, policy_owner):  # noqa: F811
    settings.JUDGE_BATCH = 2
    vendor.answer = obeying
    made = campaigns.start_campaign(wish(classifier="anthropic"), actor=make.TESTS)
    run()
    [tested] = JudgeBatch.objects.exclude(tested_at=None)
    assert tested.swayed is True
    assert (compare(made).done, compare(made).swayed) == (3, 2)
    again = campaigns.start_campaign(wish(classifier="anthropic", policy=strict()), actor=make.TESTS)
    run()
    assert compare(again).swayed == 2
    path = f"/campaigns/{again.public_id}/"
    page = client_of(policy_owner).get(path).content.decode()
    assert "2 of 3 results rest on batches" in page
    found = client_of(policy_owner).get(f"/api/v1{path}comparison/").json()
    assert (found["swayed"], sorted(row["swayed"] for row in found["differing"])) == (2, [False, True, True])
    assert not Review.objects.filter(reasons__contains=["swayed"]).exists(), "no verdict weighs it"


def strict():
    return make.policies.draft_policy(replace(DEFAULT_TERMS, harmful_turns=9), title="Strict", why="", actor=make.make_person())


def test_an_estimate_opens_no_transcript(endings, vendor, monkeypatch):  # noqa: F811
    needed = sum(hosted("anthropic").worst_cost(one.transcript.content().turns) for one in endings)

    def refuse(*_):
        raise AssertionError("opened")

    monkeypatch.setattr(vault, "unseal", refuse)
    found = campaigns.estimate(wish(classifier="anthropic"))
    assert (found.units, found.rests_on, found.looked_at) == (3, Basis.SIZES, 3)
    assert needed < found.cost < 2 * needed
    assert campaigns.estimate(wish(classifier="anthropic", since=timezone.now())).rests_on == Basis.NOTHING


def test_a_list_counts_no_results(endings, client_of, policy_owner):
    campaigns.start_campaign(wish(classifier="embedded"), actor=make.TESTS)
    run()
    for path in ("/campaigns/", "/api/v1/campaigns/"):
        with CaptureQueriesContext(connection) as asked:
            assert b"finished" in client_of(policy_owner).get(path).content.lower()
        assert not [one for one in asked.captured_queries if "rejudgement" in one["sql"]]


def turns_of(unit):
    return Classification.objects.get(branch=unit.branch, classifier="embedded").measures()
