"""An appeal by keys alone in a real browser, and the page of an item that somebody else holds."""

import re

import pytest
from playwright.sync_api import expect

from moderation.states import ReviewState
from tests import make
from tests.console.test_browser import browser, everybody, open_page

__all__ = ["browser", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COMMIT = re.compile("commit", re.IGNORECASE)


def test_an_appeal_is_taken_and_granted_by_keys(open_page):
    appeal = make.make_appeal()
    page = open_page(everybody("senior"), "/appeals/")
    page.locator(f"#{appeal.public_id}").get_by_role("button", name="Take").focus()
    page.keyboard.press("Enter")
    grant = page.locator(f"#{appeal.public_id}").get_by_role("button", name="Grant")
    expect(grant).to_be_visible()
    grant.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Grant").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-message]")).to_be_visible()
    appeal.refresh_from_db()
    assert appeal.state == "granted"


def test_an_item_of_somebody_else_shows_no_word_of_it(open_page):
    review = make.make_review(ReviewState.CLAIMED, everybody("reviewer"))
    page = open_page(everybody("reviewer"), f"/reviews/{review.public_id}/")
    expect(page.get_by_role("button", name=COMMIT)).to_have_count(0)
    assert "bomb" not in page.content()
