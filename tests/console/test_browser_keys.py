"""Keys, switch and palette in a real browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from moderation.models import Review, User
from moderation.states import Lane
from tests import make
from tests.console.test_browser import browser, everybody, open_page  # noqa: F401  # the fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def palette(page, text):
    page.keyboard.press("Control+K")
    field = page.get_by_role("combobox", name="Page, command or pasted id")
    expect(field).to_be_focused()
    field.fill(text)
    return page.locator("#palette-list").get_by_role("option")


def test_the_switch_turns_single_keys_off_and_on_without_leaving_the_page(open_page):  # noqa: F811  # the fixture
    make.make_ending()  # a list without rows has no keys for rows
    page = open_page(everybody(), "/endings/")
    switch = page.get_by_role("switch", name="Single keys")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    expect(page.locator("[data-live]")).to_contain_text("Single keys are off")
    assert page.locator("[data-command='list.next']").get_attribute("aria-keyshortcuts") is None
    page.keyboard.press("?")
    page.locator("main").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help and keys")).to_be_hidden()
    page.keyboard.press("Control+K")
    expect(page.get_by_role("dialog", name="Go to or do")).to_be_visible()
    page.keyboard.press("Escape")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help and keys")).to_be_visible()


def test_alt_before_single_keys_and_keys_of_ones_own(open_page):  # noqa: F811
    make.make_ground()
    user = everybody()
    User.objects.filter(pk=user.pk).update(alt_before_keys=True, keymap={"go.feedback": "g i"})
    page = open_page(user, "/endings/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(re.compile("/endings/$"))
    page.keyboard.press("Alt+g")
    page.keyboard.press("i")
    expect(page).to_have_url(re.compile("/feedback/$"))


def test_the_settings_refuse_a_collision_and_keep_a_key(open_page):  # noqa: F811
    make.make_ending()
    page = open_page(everybody(), "/settings/keyboard/")
    row = page.get_by_label("Next row")
    row.fill("k")
    page.get_by_role("button", name="Keep keys").click()
    expect(page.get_by_text("belongs to “Previous row”")).to_be_visible()
    row.fill("z")
    page.get_by_role("button", name="Keep keys").click()
    page.goto("/endings/")
    expect(page.locator("[data-command='list.next'] kbd")).to_have_text("z")


def test_the_handler_ignores_fields_composition_and_repeat(open_page):  # noqa: F811
    make.make_ending()
    page = open_page(everybody("reviewer"), "/reviews/")
    page.keyboard.press("/")
    page.keyboard.type("nnn?")
    expect(page).to_have_url(re.compile("/reviews/$"))
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("nnn?")
    page.locator("main").focus()
    for told in ("isComposing: true", "repeat: true", "metaKey: true", "altKey: true"):
        page.evaluate(f"document.querySelector('main').dispatchEvent(new KeyboardEvent('keydown', {{key: 'n', bubbles: true, {told}}}))")
    page.evaluate("document.querySelector('main').dispatchEvent(new KeyboardEvent('keydown', {key: 'n', repeat: true, bubbles: true}))")
    page.wait_for_timeout(200)
    expect(page).to_have_url(re.compile("/reviews/$"))


def test_altgraph_counts_as_no_modifier(open_page):  # noqa: F811
    page = open_page(everybody(), "/")
    page.locator("main").focus()
    page.evaluate(
        "document.querySelector('main').dispatchEvent(new KeyboardEvent('keydown',"
        " {key: '?', ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true}))"
    )
    expect(page.get_by_role("dialog", name="Help and keys")).to_be_visible()


def test_the_palette_finds_by_letters_and_says_why_not(open_page):  # noqa: F811
    make.make_ground()
    page = open_page(everybody(), "/endings/")
    expect(palette(page, "adlg").first).to_contain_text("Audit log")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/audit/$"))
    options = palette(page, "commit label")
    expect(options.first).to_contain_text("Commit label: not on this page (Label)")
    expect(options.first).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Go to or do")).to_be_visible()


def test_the_palette_takes_a_pasted_id_hash_or_address(open_page):  # noqa: F811
    ending = make.make_ending()
    page = open_page(everybody(), "/")
    palette(page, ending.public_id)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/endings/{ending.public_id}/"))
    palette(page, page.url.replace(f"/endings/{ending.public_id}/", "/feedback/?kind=down"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/feedback/\?kind=down"))
    expect(palette(page, "https://example.org/x").first).to_have_attribute("aria-disabled", "true")


def test_rows_are_chosen_and_changed_by_keys_and_the_small_modules_do_their_part(open_page):  # noqa: F811
    page = open_page(one_who_changes_many(), "/reviews/?lane=audit", permissions=["clipboard-read", "clipboard-write"])
    page.locator("main").focus()
    bar = page.locator("[data-selection-bar]")
    for key in ("j", "x", "j", "x", "k", "x"):
        page.keyboard.press(key)
    expect(bar).to_contain_text("1 selected")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()
    expect(page.locator("[data-row] [data-open]").first).to_be_focused()  # where one was, not the top of the page
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    bar.get_by_role("button", name="Change them").click()
    page.get_by_label("Due in 4 hours: 2 of 2").check()
    page.get_by_label("Why?").select_option(index=1)
    page.get_by_role("button", name="Change them").click()
    expect(page.get_by_role("heading", name="Due in 4 hours: 2 reviews")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator("dl.facts").get_by_text("2 of 2 stand as before")).to_be_visible()

    page.goto("/policies/1/")
    page.locator("main").focus()
    page.keyboard.press("y")
    expect(page.locator("[data-live]")).to_contain_text("Copied P-1")
    assert page.evaluate("navigator.clipboard.readText()").startswith("P-1, ")

    menu = page.locator(".top details[data-menu]")
    summary = menu.locator("summary")
    summary.click()
    menu.get_by_label("dark").check(force=True)
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    page.goto("/reference/?find=quarantine")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")  # from the server
    summary.click()
    page.get_by_label("Find an address").focus()
    expect(menu).not_to_have_attribute("open", "")

    problem = page.locator("#shape-Problem")
    page.get_by_role("link", name="problems").click()
    expect(problem).to_have_attribute("open", "")  # though the search had left it out
    problem.locator("summary").click()
    expect(problem).not_to_have_attribute("open", "")
    page.get_by_role("link", name="problems").click()
    expect(problem).to_have_attribute("open", "")


def one_who_changes_many():
    """Return a senior; two reviews wait in the audit lane."""
    for review in (make.make_review("open"), make.make_review("open")):
        Review.objects.filter(pk=review.pk).update(lane=Lane.AUDIT, due_at=timezone.now() + timedelta(days=3))
    return everybody()
