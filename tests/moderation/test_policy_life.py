"""From draft to rolled back: who may do what, what voids what, and what the breaker does by itself."""

import hashlib
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from scipy import stats

from conversations.models import Volume
from moderation import guard_rails
from moderation.actions import policies, publication
from moderation.actions.conversations import open_transcript
from moderation.audit.events import Event
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, FlipToRead, Policy, PolicyDecision, PolicyWatch, RoleGrant, Seal, Standing, Unit
from moderation.proposals import Span
from moderation.replay.path import path
from moderation.states import Category, IllegalMove, Outcome, PolicyState, Purpose, TripCause
from moderation.statistics import breaker
from moderation.statistics.breaker import Band
from moderation.transparency import report_of
from moderation.whatif import ground
from tests import make

pytestmark = pytest.mark.django_db

LOOSER = replace(DEFAULT_TERMS, thresholds=dict(DEFAULT_TERMS.thresholds) | {"harassment": 4_500})


@pytest.fixture
def live():
    return make.make_policy()


@pytest.fixture
def proposed(live, policy_owner):
    drafted = policies.draft_policy(LOOSER, title="Looser", why="Try it.", actor=policy_owner)
    return policies.seal_policy(drafted.version, actor=policy_owner)


@pytest.fixture
def approver(db):
    return make.make_approver()


def events(policy):
    return list(AuditEntry.objects.about("policy", policy.public_id).order_by("created_at", "id").values_list("action", flat=True))


def publish(policy, approver, author):
    policies.approve_policy(policy.version, actor=approver)
    policies.schedule_policy(policy.version, actor=author)
    return publication.publish_policy(policy.version, actor=author)


def test_a_seal_is_what_the_log_holds(proposed):
    seal = Seal.objects.in_force().get(policy=proposed)
    assert seal.sha256 == hashlib.sha256(seal.design.encode()).hexdigest()
    entry = AuditEntry.objects.about("policy", proposed.public_id).naming(Event.POLICY_SEALED).get()
    assert seal.sha256 in bytes(entry.body).decode()
    assert '"alpha":{"crisis":"0.001","wrongful":"0.01"}' in seal.design


def test_a_path_goes_one_number_at_a_time_and_tightens_first():
    draft = replace(LOOSER, crisis=4_500, thresholds=dict(LOOSER.thresholds) | {"hate": 5_300})
    steps = path(DEFAULT_TERMS, draft)
    assert (steps[0], steps[-1]) == (DEFAULT_TERMS, draft)
    changed = [
        [name for name in ("crisis", *Category) if (one.crisis if name == "crisis" else one.thresholds[name]) != (two.crisis if name == "crisis" else two.thresholds[name])]
        for one, two in itertools.pairwise(steps)
    ]  # fmt: skip
    assert changed == [["crisis"], ["hate"], ["hate"], ["harassment"], ["harassment"], ["harassment"]]


def test_another_person_approves_and_it_comes_into_force(live, proposed, approver, policy_owner):
    ruling = publish(proposed, approver, policy_owner)
    live.refresh_from_db()
    assert (ruling.state, live.state, ruling.approver) == (PolicyState.LIVE, PolicyState.SUPERSEDED, approver)
    assert events(ruling) == ["policy.drafted", "policy.sealed", "policy.approved", "policy.scheduled", "policy.published"]


def test_who_was_made_an_approver_today_is_refused(proposed):
    with pytest.raises(policies.FreshRole):
        policies.approve_policy(proposed.version, actor=make.make_person("compliance"))
    taken = make.make_approver()
    RoleGrant.objects.filter(user=taken).update(revoked_at=timezone.now())
    with pytest.raises(policies.FreshRole):
        policies.approve_policy(proposed.version, actor=taken)
    assert Policy.objects.get(pk=proposed.pk).state == PolicyState.SEALED


def test_a_higher_crisis_threshold_needs_compliance(live, policy_owner):
    drafted = policies.draft_policy(replace(DEFAULT_TERMS, crisis=5_500), title="Later", why="", actor=policy_owner)
    policies.seal_policy(drafted.version, actor=policy_owner)
    with pytest.raises(policies.NeedsCompliance):
        policies.approve_policy(drafted.version, actor=make.make_approver("policy_owner"))
    assert policies.approve_policy(drafted.version, actor=make.make_approver("compliance")).state == PolicyState.APPROVED


def test_a_higher_crisis_threshold_than_that_in_force_by_then_needs_compliance_again(live, policy_owner):
    """Approved by an owner while it raised nothing; then a stricter policy came, and against that one it raises .40 to .50."""
    level, stricter = DEFAULT_TERMS, replace(DEFAULT_TERMS, crisis=DEFAULT_TERMS.crisis - 1_000)
    waiting, first = (policies.draft_policy(one, title="", why="", actor=policy_owner) for one in (level, stricter))
    for one in (waiting, first):
        policies.seal_policy(one.version, actor=policy_owner)
        policies.approve_policy(one.version, actor=make.make_approver("policy_owner"))
    policies.schedule_policy(waiting.version, actor=policy_owner, at=timezone.now() + timedelta(hours=1))
    policies.schedule_policy(first.version, actor=policy_owner)
    publication.publish_policy(first.version, actor=policy_owner)
    Policy.objects.filter(pk=waiting.pk).update(scheduled_for=timezone.now())
    publication.publish_due()
    assert Policy.objects.live().get() == first
    waiting.refresh_from_db()
    assert (waiting.state, waiting.approver, waiting.scheduled_for) == (PolicyState.SEALED, None, None)
    assert PolicyDecision.objects.filter(policy=waiting).latest("id").comment == publication.WITHHELD
    assert "policy.withheld" in events(waiting)
    policies.approve_policy(waiting.version, actor=make.make_approver("compliance"))
    policies.schedule_policy(waiting.version, actor=policy_owner)
    assert publication.publish_policy(waiting.version, actor=policy_owner).state == PolicyState.LIVE


def test_flips_are_opened_before_approving(proposed, approver):
    branch = make.make_ending().branch
    FlipToRead.objects.create(seal=proposed.seals.get(), unit=Unit.objects.get(branch=branch), kind="newly")
    with pytest.raises(policies.FlipsUnread):
        policies.approve_policy(proposed.version, actor=approver)
    open_transcript(branch, Purpose.QUALITY, actor=approver)
    assert policies.approve_policy(proposed.version, actor=approver).approver == approver


def test_any_change_voids_seal_and_approval(proposed, approver, policy_owner):
    policies.approve_policy(proposed.version, actor=approver)
    policies.schedule_policy(proposed.version, actor=policy_owner, at=timezone.now() + timedelta(days=1), share=10)
    changed = policies.edit_policy(proposed.version, DEFAULT_TERMS, title="Other", why="", actor=policy_owner)
    assert (changed.state, changed.approver, changed.share, changed.sealed_at) == (PolicyState.DRAFT, None, 0, None)
    assert changed.terms().thresholds == DEFAULT_TERMS.thresholds
    assert not Seal.objects.in_force().filter(policy=changed).exists()
    assert events(changed)[-2:] == ["policy.reopened", "policy.edited"]
    with pytest.raises(IllegalMove):
        publication.publish_policy(changed.version, actor=policy_owner)


def test_rules_that_changed_void_an_approval(proposed, approver, monkeypatch):
    monkeypatch.setattr(policies, "RULES_VERSION", 99)
    with pytest.raises(policies.RulesChanged):
        policies.approve_policy(proposed.version, actor=approver)


def test_returned_cancelled_restored_each_leave_a_record(proposed, approver, policy_owner):
    policies.return_policy(proposed.version, actor=approver, comment="Explain why.")
    policies.seal_policy(proposed.version, actor=policy_owner)
    policies.cancel_policy(proposed.version, actor=approver, comment="Not now.")
    restored = policies.restore_policy(proposed.version, actor=policy_owner)
    assert restored.state == PolicyState.DRAFT
    assert events(restored)[2:] == ["policy.returned", "policy.sealed", "policy.cancelled", "policy.restored"]
    said = list(PolicyDecision.objects.filter(policy=restored).order_by("id").values_list("kind", "comment"))
    assert said == [("returned", "Explain why."), ("cancelled", "Not now."), ("restored", "")]
    for move in (policies.return_policy, policies.restore_policy):
        with pytest.raises(IllegalMove):
            move(restored.version, actor=approver, **({"comment": ""} if move is policies.return_policy else {}))


def test_two_who_approve_at_once_approve_once(proposed):
    policies.approve_policy(proposed.version, actor=make.make_approver())
    with pytest.raises(IllegalMove):
        policies.approve_policy(proposed.version, actor=make.make_approver())
    assert PolicyDecision.objects.filter(policy=proposed).count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"thresholds": {"harassment": 5_000}}, "Sexual has no threshold"),
        ({"thresholds": {**DEFAULT_TERMS.thresholds, "sexual_minors": 7_100}}, "sexual, minors lies between 0.20 and 0.70"),
        ({"thresholds": {**DEFAULT_TERMS.thresholds, "hate": 0}}, "hate lies between 0.20 and 0.95"),
        ({"thresholds": {**DEFAULT_TERMS.thresholds, "nonsense": 5_000}}, "no category nonsense"),
        ({"crisis": 6_001}, "crisis threshold lies between 0.10 and 0.60"),
        ({"harmful_turns": 1}, "harmful turns lies between 2 and 20"),
        ({"redirections": 0}, "redirections lies between 1 and 20"),
        ({"eligible_models": frozenset()}, "at least one model"),
    ],
)
def test_guard_rails_cannot_be_typed_past(change, says, policy_owner):
    with pytest.raises(guard_rails.OutOfRails, match=says):
        policies.draft_policy(replace(DEFAULT_TERMS, **change), title="", why="", actor=policy_owner)
    assert not Policy.objects.exists()


def test_what_is_scheduled_comes_into_force_by_itself(proposed, approver, policy_owner):
    policies.approve_policy(proposed.version, actor=approver)
    with pytest.raises(policies.NotInTime):
        policies.schedule_policy(proposed.version, actor=policy_owner, at=timezone.now() - timedelta(days=1))
    policies.schedule_policy(proposed.version, actor=policy_owner, at=timezone.now() + timedelta(hours=1))
    publication.publish_due()
    assert Policy.objects.get(pk=proposed.pk).state == PolicyState.SCHEDULED
    Policy.objects.filter(pk=proposed.pk).update(scheduled_for=timezone.now())
    publication.publish_due()
    assert Policy.objects.get(pk=proposed.pk).state == PolicyState.LIVE


@pytest.mark.parametrize("minutes", [None, -1])
def test_a_share_needs_a_time_until_which_it_tries(proposed, approver, policy_owner, client_of, minutes):
    policies.approve_policy(proposed.version, actor=approver)
    at = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    with pytest.raises(policies.NotInTime, match="say when"):
        policies.schedule_policy(proposed.version, actor=policy_owner, at=at, share=10)
    given = {"share": 10} | ({"at": at.isoformat()} if at else {})
    told = client_of(policy_owner).post(f"/api/v1/policies/{proposed.version}/schedule/", given, content_type="application/json")
    assert (told.status_code, "say when" in told.content.decode()) == (422, True)
    assert Policy.objects.get(pk=proposed.pk).state == PolicyState.APPROVED


def test_rolling_back_takes_one_person_and_brings_the_terms_before(live, proposed, approver, policy_owner):
    publish(proposed, approver, policy_owner)
    again = publication.roll_back_policy(proposed.version, actor=policy_owner, reason="Too many complaints.")
    proposed.refresh_from_db()
    assert (proposed.state, again.state, again.restores) == (PolicyState.ROLLED_BACK, PolicyState.LIVE, live)
    assert replace(again.terms(), version=live.version) == live.terms()
    assert Policy.objects.in_force_at(timezone.now()) == again
    with pytest.raises(publication.NothingBefore):
        publication.roll_back_policy(again.version, actor=policy_owner, reason="Further.")
    assert Policy.objects.live().get() == again


def crowd(policy, *, crisis, count):
    """Let endings of the first hours be judged so; lists and breaker read the same narrow row."""
    ending = make.make_ending()
    Standing.objects.filter(pk=ending.pk).update(outcome=Outcome.CRISIS if crisis else Outcome.JUSTIFIED, ended_at=policy.live_from)
    for _ in range(count - 1):
        crowd(policy, crisis=crisis, count=1)


def test_a_runaway_trips_within_one_look_and_the_former_policy_returns(live, proposed, approver, policy_owner):
    surface = make.make_surface()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    Volume.objects.create(surface=surface, hour=hour - timedelta(days=1), conversations=100_000)
    ruling = publish(proposed, approver, policy_owner)
    Policy.objects.filter(pk=ruling.pk).update(live_from=hour)
    ruling.refresh_from_db()
    PolicyWatch.objects.filter(policy=ruling).update(endings_before=10, judged_before=10)
    Volume.objects.create(surface=surface, hour=hour, conversations=4_000)
    publication.look_after_policies()
    assert Policy.objects.live().get() == ruling
    crowd(ruling, crisis=False, count=12)
    publication.look_after_policies()
    assert Policy.objects.live().get() == ruling, "endings are looked at once an hour"
    PolicyWatch.objects.filter(policy=ruling).update(looked_at=timezone.now() - timedelta(hours=1))
    publication.look_after_policies()
    ruling.refresh_from_db()
    again = Policy.objects.live().get()
    assert (ruling.state, again.restores) == (PolicyState.TRIPPED, live)
    assert (ruling.watch.tripped_by, ruling.watch.closed_at is None) == (TripCause.ENDINGS, False)
    assert "policy.tripped" in events(ruling)
    assert PolicyDecision.objects.get(policy=ruling, kind="tripped").actor is None


def test_what_a_surface_says_again_of_an_hour_is_not_added(live, proposed, approver, policy_owner):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    web, app = make.make_surface(), make.make_surface("/surfaces/mobile-chat")
    for surface, said in ((web, 900), (web, 1_000), (app, 500)):
        Volume.objects.create(surface=surface, hour=hour - timedelta(days=1), conversations=said)
    ruling = publish(proposed, approver, policy_owner)
    assert ruling.watch.conversations_before == 1_500
    assert ground(Span(hour - timedelta(days=2), hour)).conversations == 1_500
    assert report_of(hour - timedelta(days=2), hour).conversations == 1_500


def test_a_surface_that_tells_no_volume_counts_neither_before_nor_after(live, proposed, approver, policy_owner):
    """Its endings over the conversations of others would make a rate that nobody has."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    web, app = make.make_surface(), make.make_surface("/surfaces/mobile-chat")
    for surface, hours in ((web, 30), (web, 50), (app, 30)):
        ending = make.make_ending(source=surface.source)
        Standing.objects.filter(ending=ending).update(ended_at=hour - timedelta(hours=hours, minutes=-20))
    Volume.objects.create(surface=web, hour=hour - timedelta(hours=30), conversations=1_000)
    ruling = publish(proposed, approver, policy_owner)
    assert (ruling.watch.endings_before, ruling.watch.conversations_before) == (1, 1_000), "nor does an hour that it did not tell of"
    Policy.objects.filter(pk=ruling.pk).update(live_from=hour)
    for surface in (web, app):
        Volume.objects.create(surface=surface, hour=hour, conversations=100)
        Standing.objects.filter(ending=make.make_ending(source=surface.source)).update(ended_at=hour)
    watch = PolicyWatch.objects.select_related("policy").get(policy=ruling)
    assert publication.bands(watch, timezone.now())[TripCause.ENDINGS].seen == 1, "what began to tell afterwards has no before"


def test_each_surface_is_counted_up_to_its_own_last_hour(live, proposed, approver, policy_owner):
    """One tells of this hour, the other only of the one before: its endings of this hour have no denominator yet."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    web, app = make.make_surface(), make.make_surface("/surfaces/mobile-chat")
    for surface in (web, app):
        Volume.objects.create(surface=surface, hour=hour - timedelta(days=2), conversations=1_000)
    ruling = publish(proposed, approver, policy_owner)
    Policy.objects.filter(pk=ruling.pk).update(live_from=hour - timedelta(hours=2))
    for surface, at in ((web, hour), (app, hour - timedelta(hours=1))):
        Volume.objects.create(surface=surface, hour=at, conversations=100)
        make.make_ending(source=surface.source)
        Standing.objects.filter(surface=surface).update(ended_at=hour)
    watch = PolicyWatch.objects.select_related("policy").get(policy=ruling)
    assert publication.bands(watch, timezone.now())[TripCause.ENDINGS].seen == 1


def test_crises_trip_without_any_volume(proposed, approver, policy_owner):
    ruling = publish(proposed, approver, policy_owner)
    PolicyWatch.objects.filter(policy=ruling).update(judged_before=500, flags_before=1)
    crowd(ruling, crisis=True, count=4)
    publication.look_after_policies()
    assert Policy.objects.get(pk=ruling.pk).state == PolicyState.TRIPPED


def test_a_breaker_that_comes_during_a_rollback_changes_nothing(proposed, approver, policy_owner):
    publish(proposed, approver, policy_owner)
    again = publication.roll_back_policy(proposed.version, actor=policy_owner, reason="Complaints.")
    assert publication.trip_policy(proposed.version, TripCause.CRISIS, Band(9, 0, 1)) is None
    assert Policy.objects.live().get() == again
    with pytest.raises(IllegalMove):
        publication.roll_back_policy(proposed.version, actor=policy_owner, reason="Again.")


def test_after_a_day_the_watch_is_over(proposed, approver, policy_owner):
    ruling = publish(proposed, approver, policy_owner)
    PolicyWatch.objects.filter(policy=ruling).update(until=timezone.now())
    publication.look_after_policies()
    assert PolicyWatch.objects.get(policy=ruling).closed_at is not None


@pytest.mark.parametrize(("before", "factor"), [(40, 1.0), (400, 1.5), (3, 0.5)])
def test_a_policy_that_keeps_its_preview_rarely_trips(before, factor):
    """The chance of a false trip at one look, over what was seen before and what comes, stays below its share of the level."""
    rate, exposure_before, exposure = before / 100_000, 100_000.0, 5_000.0
    seen_before = stats.poisson(before)
    chance = 0.0
    for x0 in range(int(seen_before.ppf(1e-6)), int(seen_before.ppf(1 - 1e-6)) + 1):
        band = breaker.endings(0, exposure, before=x0, exposure_before=exposure_before, factor=factor)
        coming = stats.poisson(rate * factor * exposure)
        chance += seen_before.pmf(x0) * (coming.cdf(band.low - 1) + coming.sf(band.high))
    assert chance <= 2 * breaker.LEVEL / breaker.LOOKS


def test_a_stricter_policy_that_does_as_its_preview_says_does_not_trip():
    """Of 21 endings its preview keeps 6 to 21, since locks hide the rest; neither a third of the old rate nor all of it leaves that."""
    known = {"before": 2_100, "exposure_before": 100_000.0}
    for seen in (60, 210):
        assert breaker.endings(seen, 10_000, **known, factor=6 / 21).left or breaker.endings(seen, 10_000, **known, factor=1).left
        assert not breaker.endings(seen, 10_000, **known, factor=6 / 21, most=1).left
    assert breaker.endings(20, 10_000, **known, factor=6 / 21, most=1).left
    assert breaker.endings(300, 10_000, **known, factor=6 / 21, most=1).left
    assert not breaker.endings(0, 10_000, **known, factor=0, most=1).left


@pytest.mark.parametrize(
    ("draft", "unknown", "factors"), [(6, 15, (2_857, 10_000)), (0, 21, (0, 10_000)), (0, 0, (0, 1)), (42, 0, (20_000, 20_000))]
)
def test_the_breaker_is_armed_with_all_that_a_preview_leaves_open(proposed, approver, policy_owner, draft, unknown, factors):
    Seal.objects.filter(policy=proposed).update(ended_live=21, ended_draft=draft, unknown=unknown)
    watch = publish(proposed, approver, policy_owner).watch
    assert (watch.factor, watch.factor_most) == factors


def test_the_breaker_needs_something_from_before():
    with pytest.raises(ValueError, match="before"):
        breaker.endings(1, 10, before=0, exposure_before=0, factor=1)
    assert not breaker.crises(0, 0, before=0, judged_before=0).left
