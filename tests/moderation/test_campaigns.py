"""Campaigns: results beside verdicts, progress, pause and resume, shadows, what is erased, what it costs."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations import vault
from moderation import work
from moderation.actions import campaigns
from moderation.actions.campaigns import Wish
from moderation.campaigns import compare
from moderation.judge import DEFAULT_TERMS
from moderation.models import Campaign, CandidateTurn, Policy, Rejudgement, Review, Standing, Verdict, WorkItem
from moderation.states import Answer, CampaignState, IllegalMove
from tests import make

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
    strict = make.policies.draft_policy(replace(DEFAULT_TERMS, harmful_turns=9), title="Strict", why="", actor=make.make_person())
    made = campaigns.start_campaign(wish(policy=strict, classifier="embedded"), actor=make.TESTS)
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
