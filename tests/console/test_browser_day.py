"""A reviewer's whole day in a real browser, by keys alone: twenty items, an undo, a break, a claim that lapsed, a race, a dispute, an appeal."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from moderation.actions import reviews
from moderation.actions.readings import adjudicate
from moderation.models import Appeal, Desk, Dispute, Label, LabelDraft, Opening, Review
from moderation.states import Answer, AppealState, ReviewState
from tests import make
from tests.console.test_browser import browser, open_page

__all__ = ["browser", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ITEMS = 20
FORM = re.compile(r"/reviews/R-\w{8}/$")
MOST_TABS = 120


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, control):
    """Walk to a control as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if control.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("no Tab leads there")


def take_next(page):
    """Press `n`; returns the public id of the item that came."""
    before = page.url
    page.keyboard.press("n")
    expect(page).not_to_have_url(before)
    expect(page.locator("form[data-marking]")).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[1]


def fill(page):
    """Answer what is on the screen: yes with its warning where there was a ladder, else no with the check that fails and its turn."""
    if page.locator("[data-turn]").count() > 3:
        press(page, "1", *"JJJJJJ", "w", "J", "m", "Shift+0")
    else:
        press(page, "2", "Shift+0", "J", "f", "ArrowRight", "e")


def commit(page):
    page.keyboard.press("Control+Enter")
    expect(page.locator("#standing")).to_contain_text("Kept as a draft")
    page.wait_for_load_state()  # the keys of a page answer once its modules have run


def undo(page):
    """Take a commit back, and find what was entered again."""
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Taken back")).to_be_visible()
    expect(page.locator("[name=answer]:checked")).to_have_count(1)
    assert not LabelDraft.objects.filter(review__public_id=page.url.rstrip("/").rsplit("/", 1)[1]).exists()


def rest(page):
    """Cover the screen, and come back."""
    with page.expect_response("**/api/v1/desk/break/"):
        page.keyboard.press(".")
    expect(page.locator("[data-break]")).to_be_visible()
    assert Desk.objects.get().break_since is not None
    with page.expect_response("**/api/v1/desk/resume/"):
        page.keyboard.press("Enter")
    expect(page.locator("[data-break]")).to_be_hidden()


def lapse(page, name):
    """Let the claim lapse while an answer is being written: nothing is labelled, and the next `n` brings item and answer back."""
    Review.objects.filter(public_id=name).update(claim_until=timezone.now() - timedelta(seconds=1))
    reviews.settle_reviews()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Your claim lapsed")).to_be_visible()
    assert not LabelDraft.objects.filter(review__public_id=name).exists()
    assert take_next(page) == name
    expect(page.locator("[name=answer]:checked")).to_have_count(1)


def test_a_day_by_keys_alone(open_page):
    for _ in range(ITEMS // 2):
        make.make_ending()
        make.make_ending(*make.ORDINARY)
    reader = make.make_person("reviewer")
    page = open_page(reader, "/reviews/")
    first = work_through(page)
    settle()
    assert Label.objects.filter(reviewer=reader).count() == ITEMS
    assert Opening.objects.filter(user=reader).values("branch").distinct().count() == ITEMS
    race(page, open_page(make.make_person("reviewer"), "/reviews/"))
    dispute(page, Review.objects.get(public_id=first))
    appeal(open_page(make.make_person("senior"), "/appeals/"))


def work_through(page):
    """Label all that waits, with what befalls a day; returns the name of the first item."""
    names = []
    for number in range(ITEMS):
        names.append(take_next(page))
        fill(page)
        if number == 3:
            rest(page)
        if number == 5:
            lapse(page, names[-1])
        commit(page)
        if number == 7:
            undo(page)
            commit(page)
    assert len(set(names)) == ITEMS
    return names[0]


def settle():
    """Let the time for undoing pass."""
    Review.objects.filter(state=ReviewState.SUBMITTED).update(submitted_at=timezone.now() - timedelta(minutes=1))
    reviews.settle_reviews()


def race(page, other):
    """Let two readers ask for the only item that waits: one gets it, the other is told."""
    Review.objects.waiting().update(state=ReviewState.CLAIMED, reviewer=make.make_person("senior"))
    last = make.make_review()
    for one in (page, other):
        one.goto("/reviews/")
    for one in (page, other):
        one.evaluate("setTimeout(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true })))")
    for one in (page, other):
        expect(one.locator("form[data-marking]").or_(one.locator("[data-message]")).first).to_be_visible()
    got = [one for one in (page, other) if FORM.search(one.url)]
    assert [one.url.rstrip("/").rsplit("/", 1)[1] for one in got] == [last.public_id]


def dispute(page, review):
    """Hold an adjudication to be wrong."""
    with transaction.atomic():
        adjudication = adjudicate(review.unit)
    make.answer(adjudication, make.make_person("senior"), make.statement(Answer.NO))
    page.goto(f"/reviews/{review.public_id}/")
    page.keyboard.press("Shift+V")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.keyboard.press("Shift+D")
    page.keyboard.type("The warning named nothing.")
    tab_to(page, page.get_by_role("button", name="Send dispute"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You disputed it")).to_be_visible()
    assert Dispute.objects.get().label.review == adjudication


def appeal(page):
    """Take an appeal and grant it."""
    made = make.make_appeal()
    page.reload()
    row = page.locator(f"#{made.public_id}")
    tab_to(page, row.get_by_role("button", name="Take"))
    page.keyboard.press("Enter")
    tab_to(page, row.get_by_role("button", name="Grant"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Grant"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-message]")).to_be_visible()
    assert Appeal.objects.get().state == AppealState.GRANTED
