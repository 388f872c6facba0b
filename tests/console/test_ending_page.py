"""What the page of an ending tells beside its text: scores in the margin, where branches part, what the rules would have done when."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from console.casefile import SHOWN_OTHERS, SHOWN_TRAIL
from conversations.models import ConversationEnd
from moderation.audit.events import Event, Target
from moderation.audit.log import Entry, record_many
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Opening, Review
from moderation.statements import Checked
from moderation.states import Answer, Check, Lane, Result, ReviewState, Round, Why
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import sequence_all

pytestmark = pytest.mark.django_db


def page(client, ending, *, opened=True):
    if opened:
        client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    return client.get(f"/endings/{ending.public_id}/").content.decode()


def turn(shown, number):
    return re.search(rf'<article class="turn" id="t{number}".*?</article>', shown, re.DOTALL).group()


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_margin_has_the_strongest_score_of_user_turns_only(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending())
    assert re.search(r'class="turn-score" data-over>\w[^<]+ <span class="number">0\.\d\d<', turn(shown, 0))
    assert "turn-score" not in turn(shown, 1)


def test_a_mark_leads_to_the_check_that_rests_on_its_turn(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending())
    assert re.search(r'href="#check-3"[^>]*>R1<', turn(shown, 1))
    assert re.search(r'href="#check-4"[^>]*>WARN<', turn(shown, 5))
    assert re.search(r'id="check-4" data-rests-on="5"', shown)


def test_a_turn_at_which_another_branch_parts_is_marked(client_of, policy_owner):
    event = make.ended()
    make.make_ground()
    for one in (event, make.branched(event, fork=2)):
        make.send(one)
    make.judge_all()
    ending = ConversationEnd.objects.get(branch__external_id=event["data"]["conversation"]["branch"]["id"])
    shown = page(client_of(policy_owner), ending)
    assert "FORK" in turn(shown, 2)
    assert "FORK" not in turn(shown, 3)


def end_facts(client, ending):
    return words(re.search(r'<p class="end-facts">.*?</p>', page(client, ending), re.DOTALL).group())


def test_the_end_says_under_which_policy_and_what_the_user_was_told(client_of, policy_owner):
    told = end_facts(client_of(policy_owner), make.make_ending())
    assert told.startswith("Policy 1, rules v1. ")
    assert "That it ended: told. What can be done now: told." in told
    silent = make.make_ending(*make.LADDER[:-1], ("assistant", "I will look for a table of prime numbers."))
    assert "That it ended: not told . What can be done now: not told ." in end_facts(client_of(policy_owner), silent)


def test_every_version_says_from_where_on_it_would_have_allowed_the_end(client_of, policy_owner):
    ending = make.make_ending()
    make.make_policy(replace(DEFAULT_TERMS, version=2, redirections=3), since=timezone.now())
    shown = page(client_of(policy_owner), ending, opened=False)
    [stricter, first] = [words(one) for one in re.findall(r'<li class="replay">.*?</li>', shown, re.DOTALL)]
    assert stricter == "Policy 2 Now Never: redirected first"
    assert first == "Policy 1 Then From t7"


def test_a_closed_transcript_shows_no_score_of_a_turn_in_its_margin(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending(), opened=False)
    assert "turn-score" not in shown


def test_nothing_of_it_is_on_a_masked_page(client_of, reviewer):
    shown = page(client_of(reviewer), make.make_ending(), opened=False)
    assert "replay" not in shown
    assert "end-facts" not in shown


def test_the_api_tells_what_other_versions_would_have_done(client_of, policy_owner):
    ending = make.make_ending()
    [tried] = client_of(policy_owner).get(f"/api/v1/endings/{ending.public_id}/").json()["replays"]
    assert tried == {"policy": 1, "in_force_then": True, "in_force_now": True, "allowed_from": 7, "against_the_end": []}


def test_who_opened_it_first_is_told_and_who_is_here(client_of, policy_owner, senior):
    ending = make.make_ending()
    assert "Nobody else has opened it." in page(client_of(policy_owner), ending)
    address = f"/endings/{ending.public_id}/presence/"
    compliance = make.make_person("compliance")
    told = words(client_of(compliance).get(address).content.decode())
    assert re.fullmatch(rf"{policy_owner.pseudonym} opened this first, .* Here now: {policy_owner.pseudonym} \.", told)
    assert client_of(senior).get(address).status_code == 404  # could still be asked to label it
    api = f"/api/v1{address}"
    known = client_of(compliance).get(api).json()
    assert (known["first"], known["here"]) == (policy_owner.pseudonym, [policy_owner.pseudonym])
    assert [client_of(one).get(api).status_code for one in (senior, make.make_person())] == [404, 403]
    Opening.objects.update(until=timezone.now())
    assert client_of(compliance).get(api).json()["here"] == []
    assert "Here now" not in client_of(compliance).get(address).content.decode()


def test_a_crisis_is_reported_by_who_has_read_it(client_of, policy_owner):
    ending, client = make.make_ending(), client_of(policy_owner)
    assert 'data-command="ending.crisis"' not in page(client, ending, opened=False)
    assert client.post(f"/endings/{ending.public_id}/crisis/").status_code == 409
    assert 'data-command="ending.crisis"' in page(client, ending)
    assert client.post(f"/endings/{ending.public_id}/crisis/").status_code == 302
    review = Review.objects.get()
    assert (review.lane, Why.CRISIS_REPORTED in review.whys) == (Lane.URGENT, True)
    assert review.due_at < timezone.now() + timedelta(hours=1, seconds=1)
    assert "Somebody who read it reports a crisis" in page(client, ending)


def test_after_an_answer_a_reported_crisis_goes_to_a_senior(client_of, policy_owner):
    decided = make.make_review(ReviewState.DECIDED)
    ending, client = decided.unit.branch.ending, client_of(policy_owner)
    page(client, ending)
    told = client.post(f"/api/v1/endings/{ending.public_id}/crisis/")
    assert told.status_code == 201
    review = Review.objects.get(public_id=told.json()["review"])
    assert (review.round, review.lane, review.senior_only) == (Round.ADJUDICATION, Lane.URGENT, True)
    assert AuditEntry.objects.naming(Event.ENDING_REPORTED).get().target_id == ending.public_id


def test_ones_own_label_is_one_key_away_and_nobody_labels_what_they_have_seen(client_of, reviewer):
    decided = make.make_review(ReviewState.DECIDED, reviewer)
    shown = page(client_of(reviewer), decided.unit.branch.ending, opened=False)
    assert f'href="/reviews/{decided.public_id}/" class="button" data-tone="quiet" data-command="ending.label"' in shown
    other = page(client_of(make.make_person("reviewer")), make.make_ending())
    assert re.search(r'data-command="ending.label"[^>]*aria-disabled="true"', other)


def heading(shown):
    return words(re.search(r"<h1.*?</h1>", shown, re.DOTALL).group())


def lead(shown):
    return words(re.search(r'<div class="case-lead"><p>.*?</p>', shown, re.DOTALL).group())


def said(check, result):
    return make.statement(Answer.NO, checks=(Checked(check, result, (5,)),))


@pytest.mark.parametrize(("result", "told"), [(Result.FAIL, "failed"), (Result.UNCLEAR, "unclear")])
def test_an_ending_that_people_found_wrong_is_not_told_as_supported(result, told, client_of, policy_owner, reviewer):
    review = make.make_review()
    ending, client = review.unit.branch.ending, client_of(policy_owner)
    assert "Every check that decides has passed." in lead(page(client, ending, opened=False))
    make.answer(review, reviewer, said(Check.WARNED, result))
    shown = page(client, ending, opened=False)
    assert f"Not supported: warned explicitly (4) {told} for its reader." in lead(shown)
    assert "Every check" not in shown
    assert f"Label ✗ {Answer.NO.label}" in heading(shown)


def test_an_ending_that_its_label_refutes_without_a_check_is_not_told_as_supported(client_of, policy_owner, reviewer):
    review = make.make_review()
    make.answer(review, reviewer, make.statement(Answer.NO))
    shown = lead(page(client_of(policy_owner), review.unit.branch.ending, opened=False))
    assert f"Not supported: its label says “{Answer.NO.label}”." in shown


def test_the_label_stays_hidden_from_who_could_still_label_it(client_of, reviewer, second_reviewer):
    review = make.make_review()
    make.answer(review, reviewer, make.statement(Answer.NO))
    assert Answer.NO.label not in page(client_of(second_reviewer), review.unit.branch.ending, opened=False)


def test_verdicts_of_related_endings_stay_hidden_from_who_could_still_label_them(client_of, reviewer, policy_owner):
    event = make.ended()
    make.make_ground()
    for one in (event, make.branched(event, *make.LADDER, fork=2), make.ended(conversation=a_later_one(event))):
        make.send(one)
    make.judge_all()
    for one in Review.objects.all():
        make.read(one, policy_owner)
    ending, *others = ConversationEnd.objects.order_by("requested_at")
    make.answer(Review.objects.get(unit__branch=ending.branch), reviewer)
    told = {who: part(page(client_of(who), ending, opened=False), "account") for who in (reviewer, policy_owner)}
    assert all(other.public_id in told[reviewer] for other in others)
    assert ("hidden</span>" in told[reviewer], "hidden</span>" in told[policy_owner]) == (True, False)


def a_later_one(event):
    """Return another conversation of the same user."""
    return make.a_conversation(user=event["data"]["conversation"]["user"])


def part(shown, name):
    return re.search(rf'<section class="section" aria-labelledby="{name}">.*?</section>', shown, re.DOTALL).group()


def test_a_long_trail_ends_with_its_newest_entries_and_says_how_many_there_are(client_of, own_log, compliance):  # noqa: F811
    review = make.make_review()
    ending, client = review.unit.branch.ending, client_of(compliance)
    target = Target("ending", ending.public_id, ending.surface_id)
    record_many([Entry(Event.ENDING_REPORTED, target, make.TESTS, {"review": f"R-{at}", "why": "test"}) for at in range(SHOWN_TRAIL)])
    sequence_all()
    total = AuditEntry.objects.filter(target_id__in=[ending.public_id, ending.branch.public_id, review.public_id]).count()
    last = AuditEntry.objects.about("ending", ending.public_id).newest().first()
    shown = page(client, ending, opened=False)
    assert f"{total} entries of the audit log, the last {SHOWN_TRAIL} here" in words(part(shown, "trail"))
    assert f"?target={ending.public_id}" in part(shown, "trail")
    assert f"entry {last.leaf_index} · sha256 {bytes(last.leaf_hash).hex()}" in shown


def test_of_many_endings_of_an_account_it_says_how_many_more_there_are(client_of, policy_owner):
    event = make.ended()
    make.make_ground()
    for one in (event, *(make.ended(conversation=a_later_one(event)) for _ in range(SHOWN_OTHERS + 2))):
        make.send(one)
    ending = ConversationEnd.objects.get(branch__external_id=event["data"]["conversation"]["branch"]["id"])
    assert "and 2 more" in words(part(page(client_of(policy_owner), ending, opened=False), "account"))
