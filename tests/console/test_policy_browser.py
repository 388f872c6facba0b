"""A policy's way in a real browser: draft by handle and key, impact, seal, flips, approval, live, breaker, rollback."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from moderation.actions import publication
from moderation.judge import DEFAULT_TERMS
from moderation.models import Policy, PolicyWatch, Standing
from moderation.states import Outcome, PolicyState
from tests import make
from tests.console.test_browser import browser, open_page  # noqa: F401  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRICT = replace(DEFAULT_TERMS, harmful_turns=20)


@pytest.fixture
def two_ruled():
    """Two policies that ruled one after the other, the second one in force; and an ending of two days ago that it would not have ended."""
    now = timezone.now()
    make.make_policy(DEFAULT_TERMS, since=now - timedelta(days=90))
    make.make_policy(STRICT, since=now - timedelta(days=60))
    return make.make_ending(time=(now - timedelta(days=2)).isoformat())


def words(page):
    return page.locator("main")


def test_from_draft_to_rolled_back(two_ruled, open_page):  # noqa: F811
    owner, approver = make.make_person("policy_owner"), make.make_approver()
    page = open_page(owner, "/policies/")
    page.get_by_role("button", name="New draft").click()
    expect(page).to_have_url(re.compile(r"/policies/3/draft/$"))

    page.get_by_label("Handle of violence").focus()
    number = page.get_by_label("Violence", exact=True)
    with page.expect_response(lambda answer: "draft/?" in answer.url):
        page.keyboard.press("Shift+ArrowLeft")
    expect(number).to_have_value("0.45")
    with page.expect_response(lambda answer: "draft/?" in answer.url):
        page.get_by_role("button", name="Lower violence").click()
    expect(number).to_have_value("0.44")
    turns = page.get_by_label("Harmful turns")
    turns.fill("3")
    with page.expect_response(lambda answer: "harmful_turns=3" in answer.url):
        turns.press("Enter")
    expect(page.locator("#effects")).to_contain_text("1 newly ended")
    assert Policy.objects.get(version=3).harmful_turns == 20, "nothing is saved before it is saved"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save draft").click()
    expect(words(page)).to_contain_text("Saved.")

    page.goto("/policies/3/impact/")
    expect(page.locator("#flips")).to_contain_text("Newly ended 1")
    expect(page.locator("#flips")).to_contain_text("unread")
    page.get_by_role("button", name="Seal and propose").click()
    expect(words(page)).to_contain_text("Another person has to approve")
    assert Policy.objects.get(version=3).state == PolicyState.SEALED

    other = open_page(approver, "/policies/3/")
    expect(other.get_by_role("button", name="Approve", exact=True)).to_have_attribute("aria-disabled", "true")
    other.goto("/policies/3/impact/")
    other.locator("#flips tbody a").click()
    other.get_by_role("button", name="Open transcript").click()
    expect(other.locator("[data-transcript]")).to_be_visible()
    other.goto("/policies/3/")
    other.get_by_role("button", name="Approve", exact=True).click()
    expect(words(other)).to_contain_text("Approved.")

    page.goto("/policies/3/")
    page.get_by_role("button", name="Publish").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Publish").click()
    expect(words(page)).to_contain_text("Under watch")

    runaway()
    page.reload()
    expect(words(page)).to_contain_text("The circuit breaker took this policy back")
    assert Policy.objects.live().get().harmful_turns == 20

    page.goto("/policies/4/")
    page.keyboard.press("Shift+R")
    page.locator("dialog[open]").get_by_label("Reason").fill("Both were worse than the first.")
    page.locator("dialog[open]").get_by_role("button", name="Roll back").click()
    expect(words(page)).to_contain_text("Rolled back")
    assert Policy.objects.live().get().harmful_turns == 3


def runaway():
    """Let endings in a crisis come as they never did before, and the breaker look."""
    PolicyWatch.objects.filter(policy__version=3).update(judged_before=500, flags_before=0)
    for _ in range(4):
        ending = make.make_ending(time=timezone.now().isoformat())
        Standing.objects.filter(ending=ending).update(outcome=Outcome.CRISIS)
    publication.look_after_policies()
