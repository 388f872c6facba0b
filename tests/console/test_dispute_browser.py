"""A dispute by keys alone in a real browser."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from moderation.actions.readings import adjudicate
from moderation.models import Dispute
from moderation.states import Answer, ReviewState
from tests import make
from tests.console.test_browser import browser, everybody, open_page

__all__ = ["browser", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_adjudication_is_disputed_by_keys(open_page):
    reader = everybody("reviewer")
    review = make.make_review(ReviewState.DECIDED, reader)
    with transaction.atomic():
        adjudication = adjudicate(review.unit)
    make.answer(adjudication, everybody("senior"), make.statement(Answer.NO))
    page = open_page(reader, f"/reviews/{review.public_id}/")
    page.keyboard.press("Shift+V")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Shift+D")
    page.keyboard.type("The warning named nothing.")
    page.get_by_role("button", name="Send dispute").press("Enter")
    expect(page.get_by_text("You disputed it")).to_be_visible()
    assert Dispute.objects.get().disputer == reader
