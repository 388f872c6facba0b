"""Labelling in a real browser: by seven keys, one question at a time, without a connection, from two tabs; and what follows."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from moderation.models import Label, LabelDraft, Review
from moderation.states import ReviewState
from tests import make
from tests.console.test_browser import browser, everybody, open_page

__all__ = ["browser", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FORM = re.compile(r"/reviews/R-\w{8}/$")


@pytest.fixture
def form(open_page):
    """The label form of the only item that waits."""
    make.make_ending()
    page = open_page(everybody("reviewer"), "/reviews/")
    page.keyboard.press("n")
    expect(page).to_have_url(FORM)
    return page


def go_to(page, turn):
    page.locator(f"#t{turn}").focus()


def answer_yes(page):
    """Answer by keys: moves between turns do not count as strokes."""
    page.keyboard.press("1")
    go_to(page, 5)
    page.keyboard.press("w")
    go_to(page, 6)
    page.keyboard.press("m")
    page.keyboard.press("Shift+0")


def test_label_commit_reveal_and_next_take_seven_strokes(form):
    make.make_ending()
    answer_yes(form)  # four strokes
    form.keyboard.press("Control+Enter")
    expect(form.get_by_role("button", name=re.compile("undo", re.IGNORECASE))).to_be_visible()
    form.keyboard.press("Shift+V")
    expect(form.get_by_role("heading", name="What happened")).to_be_visible()
    form.keyboard.press("n")
    expect(form.get_by_role("button", name=re.compile("commit", re.IGNORECASE))).to_be_visible()
    label = Label.objects.get()
    assert (label.answer, label.right_from, label.warning_names_behaviour, label.warning_says_may_end) == ("yes", 6, True, True)
    assert label.checks.get(check_name="warned").evidence == [5]


def test_an_answer_is_taken_back_from_the_next_item(form):
    make.make_ending()
    answer_yes(form)
    form.keyboard.press("Control+Enter")
    expect(form.get_by_text("Kept as a draft")).to_be_visible()
    form.keyboard.press("n")
    expect(form.get_by_text(re.compile(r"R-\w{8} kept as a draft"))).to_be_visible()
    form.keyboard.press("Control+Z")
    expect(form.get_by_text("Taken back")).to_be_visible()
    expect(form.get_by_label("Yes, ending is right")).to_be_checked()
    assert not LabelDraft.objects.exists()
    assert not Label.objects.exists()


def test_one_question_at_a_time_and_every_key_still_works(form):
    form.get_by_role("button", name="One question at a time").click()
    expect(form.get_by_text("1 of 5: The answer")).to_be_visible()
    answer_yes(form)
    expect(form.get_by_text("3 of 5: First sign of risk")).to_be_visible()
    form.get_by_role("button", name="Next question").click()
    expect(form.get_by_text("4 of 5: Checks")).to_be_visible()
    expect(form.get_by_label("Turns for Warned explicitly")).to_have_value("5")
    form.keyboard.press("Control+Enter")
    expect(form.get_by_text("Kept as a draft")).to_be_visible()


def test_with_single_keys_off_everything_is_done_by_mouse(open_page):
    make.make_ending()
    page = open_page(everybody("reviewer"), "/reviews/")
    page.evaluate("document.documentElement.dataset.singleKeys = 'off'")
    page.get_by_role("button", name=re.compile("start", re.IGNORECASE)).first.click()
    expect(page).to_have_url(FORM)
    page.evaluate("document.documentElement.dataset.singleKeys = 'off'")
    page.keyboard.press("1")
    expect(page.get_by_label("Yes, ending is right")).not_to_be_checked()
    page.get_by_label("Yes, ending is right").check()
    page.locator("#t5").click()
    page.get_by_role("button", name="This is the warning").click()
    page.locator("#t6").click()
    page.locator("[data-mark=right_from]").click()
    page.get_by_label("No sign").check()
    page.get_by_role("button", name=re.compile("commit", re.IGNORECASE)).click()
    expect(page.get_by_text("Kept as a draft")).to_be_visible()
    assert LabelDraft.objects.get().right_from == 6


def test_an_answer_that_cannot_be_saved_stays_here_and_is_sent_again(form):
    answer_yes(form)
    form.context.set_offline(True)
    form.keyboard.press("Control+Enter")
    expect(form.get_by_text("Not saved yet, will retry; safe to go on.").first).to_be_visible()
    assert form.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unsaved:')).length") == 1
    form.context.set_offline(False)
    expect(form.get_by_text("Kept as a draft")).to_be_visible(timeout=15_000)
    assert LabelDraft.objects.count() == 1
    assert form.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unsaved:')).length") == 0


def test_an_answer_whose_receipt_was_lost_is_committed_once(form):
    """The server took the commit and died before it answered: the browser sends it again, and nothing doubles."""
    taken = []

    def lose(route):
        if taken:
            route.continue_()
        else:
            taken.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")

    form.route("**/submit/", lose)
    answer_yes(form)
    form.keyboard.press("Control+Enter")
    expect(form.get_by_text("Kept as a draft")).to_be_visible(timeout=15_000)
    assert taken == [204]
    assert LabelDraft.objects.count() == 1
    assert Review.objects.get().state == ReviewState.SUBMITTED


def commit_and_ask_for_the_next(form):
    """Return the commit that is under way, held back, after `n` was pressed behind it."""
    make.make_ending()
    first, held = form.url, []
    form.route("**/submit/", lambda route: route.continue_() if held else held.append(route))
    answer_yes(form)
    form.get_by_label("Note").focus()
    form.keyboard.press("Control+Enter")
    form.keyboard.press("n")
    expect(form.get_by_text("The next item comes once this is saved.")).to_be_attached()
    assert form.url == first
    assert form.get_by_label("Note").input_value() == ""
    return first, held[0]


def test_n_behind_a_commit_brings_the_next_item_once_it_is_saved(form):
    first, commit = commit_and_ask_for_the_next(form)
    commit.continue_()
    form.wait_for_function("first => location.href !== first", arg=first)
    expect(form).to_have_url(FORM)
    assert LabelDraft.objects.get().review.public_id in first
    assert Review.objects.get(state=ReviewState.CLAIMED).public_id in form.url


def test_n_behind_a_commit_that_fails_brings_nothing(form):
    first, commit = commit_and_ask_for_the_next(form)
    commit.abort()
    expect(form.get_by_text("Not saved yet, will retry; safe to go on.").first).to_be_visible()
    expect(form.get_by_text("Kept as a draft")).to_be_visible(timeout=15_000)
    assert form.url == first
    assert Review.objects.filter(state=ReviewState.CLAIMED).count() == 0


def test_two_commits_at_once_are_one(form):
    answer_yes(form)
    form.evaluate("for (let n = 0; n < 2; n++) document.querySelector('form[data-commit]').requestSubmit()")
    expect(form.get_by_text("Kept as a draft")).to_be_visible()
    assert LabelDraft.objects.count() == 1


def test_the_other_tab_has_committed_already(form):
    answer_yes(form)
    other = form.context.new_page()
    other.goto(form.url)
    answer_yes(other)
    other.keyboard.press("Control+Enter")
    expect(other.get_by_text("Kept as a draft")).to_be_visible()
    form.keyboard.press("Control+Enter")
    expect(form.get_by_text("You committed an answer to this already")).to_be_visible()
    assert LabelDraft.objects.count() == 1


def test_a_tab_that_is_signed_out_says_so_and_keeps_the_answer(form):
    answer_yes(form)
    until = form.locator("[data-claim-until]").inner_text()
    Session.objects.all().delete()
    form.keyboard.press("x")
    expect(form.locator("[data-live]")).to_contain_text("you are signed out: sign in")
    form.keyboard.press("Control+Enter")
    expect(form.locator("[data-unsaved]")).to_contain_text("You are signed out: sign in, your answer is kept.")
    assert form.locator("[data-claim-until]").inner_text() == until
    assert form.evaluate("Object.keys(localStorage).some((key) => key.startsWith('unsaved:'))")
    assert not LabelDraft.objects.exists()


def test_signing_out_leaves_nothing_of_an_answer_behind(form):
    form.keyboard.press("1")
    assert form.evaluate("Object.keys(localStorage).some((key) => key.startsWith('draft:'))")
    form.locator("[data-menu] summary").last.click()
    form.get_by_role("button", name="Sign out").click()
    expect(form).to_have_url(re.compile("sign-in"))
    assert not form.evaluate("Object.keys(localStorage).some((key) => key.startsWith('draft:'))")
