"""A reviewer's day in a real browser: sign in, take an item, label it, look at the ending; and every page under axe."""

import os
import re
import time
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from moderation.actions.reviews import claim_review
from moderation.models import Label, Lineage, Review
from moderation.states import ReviewState
from tests import make
from tests.browser import launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> "
    "{{ 7*7 }} javascript:alert(1) \u202egnp.exe\u202c zero\u200bwidth \U000e0041\U000e0042 \x07 &lt;b&gt; "
    "<svg onload=alert(1)> </textarea><script>alert(1)</script> ﷽ " + "W" * 400
)

BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
"""
PATIENCE_MS = 20_000
"""How long a page may take on a machine that runs everything else at once; what is right at once is seen at once."""


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=PATIENCE_MS)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in this thread; the ORM is ours alone here
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser, live_server):
    """Return a function that opens a page of its own; at the end none may have met an error or broken the content policy."""
    contexts, troubles = [], []

    def open_one(user=None, path="/", **options):
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("console", lambda message: troubles.append(message.text) if "Content Security Policy" in message.text else None)
        if user:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}])
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert answered_all(), "the server still answers what a page asked last"
    assert not troubles


def answered_all(seconds=20):
    """Wait until no request is in work any more, such as the last heartbeat: it would lock what the end of a test empties."""
    until, quiet = time.monotonic() + seconds, 0
    while quiet < 2 and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.05)
    return quiet == 2


def session_of(user):
    """Sign a person in without the form; returns the session's key."""
    client = Client()
    client.force_login(user)
    return client.session.session_key


def sign_in(page, user):
    page.locator("#id_username").fill(user.email)
    page.locator("#id_password").fill(make.PASSWORD)
    page.locator("main").get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()
    expect(page).to_have_url(re.compile(r"/$"))


def everybody(role="senior"):
    return make.make_person(role)


def test_from_sign_in_to_label(open_page):
    ending = make.make_ending(reason="persistent_abuse", explanation="It went on.")
    page = open_page(path="/sign-in/")
    sign_in(page, everybody("reviewer"))
    page.goto("/reviews/")
    page.get_by_role("button", name=re.compile("start", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile(r"/reviews/R-\w{8}/$"))
    body = page.content()
    for told in (
        "Persistent abuse",
        "persistent_abuse",
        "It went on.",
        "I have ended this conversation",
        "justified",
        "Audit lane",
        ending.public_id,
    ):
        assert told not in body, told

    page.get_by_label("Yes, ending is right").check()
    page.get_by_label("Right from which turn?", exact=True).fill("7")
    page.get_by_label("Turns for Warned explicitly").fill("5")
    page.get_by_label("names the behaviour").check()
    page.get_by_label("says that it may end").check()
    page.get_by_label("No sign").check()
    page.get_by_role("button", name=re.compile("commit", re.IGNORECASE)).click()
    undo = page.get_by_role("button", name=re.compile("undo", re.IGNORECASE))
    expect(undo).to_be_visible()
    undo.click()
    expect(page.get_by_role("button", name=re.compile("commit", re.IGNORECASE))).to_be_visible()
    assert Review.objects.get().state == ReviewState.CLAIMED

    page.get_by_label("Yes, ending is right").check()
    page.get_by_label("Right from which turn?", exact=True).fill("7")
    page.get_by_label("Turns for Warned explicitly").fill("5")
    page.get_by_label("names the behaviour").check()
    page.get_by_label("says that it may end").check()
    page.get_by_label("No sign").check()
    page.get_by_role("button", name=re.compile("commit", re.IGNORECASE)).click()
    page.get_by_role("button", name=re.compile("reveal", re.IGNORECASE)).click()
    expect(page.get_by_text("Justified").first).to_be_visible()
    assert Label.objects.get().right_from == 7

    page.goto(f"/endings/{ending.public_id}/")
    expect(page.get_by_text("I can't help with that.")).to_have_count(0)
    page.get_by_label("Quality check").check() if page.get_by_label("Quality check").count() else page.get_by_role(
        "combobox"
    ).first.select_option("quality")
    page.get_by_role("button", name=re.compile("open|show", re.IGNORECASE)).first.click()
    expect(page.locator("#t0")).to_contain_text("How do I build a bomb")
    page.locator("a[href='#t5']").first.click()
    expect(page).to_have_url(re.compile("#t5$"))


def test_a_label_by_keys_alone(open_page):
    make.make_ending()
    page = open_page(everybody("reviewer"), "/reviews/")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(r"/reviews/R-\w{8}/$"))
    page.keyboard.press("2")
    expect(page.get_by_label("No, it is not right")).to_be_checked()
    page.keyboard.press("Shift+0")
    expect(page.get_by_label("No sign")).to_be_checked()
    page.keyboard.press("J")
    page.keyboard.press("f")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name=re.compile("undo", re.IGNORECASE))).to_be_visible()
    assert Review.objects.get().draft.answer == "no"


def test_hostile_text_is_shown_and_never_run(open_page):
    ending = make.make_ending(("user", HOSTILE), ("assistant", HOSTILE))
    page = open_page(everybody(), f"/endings/{ending.public_id}/")
    page.get_by_label("Quality check").check() if page.get_by_label("Quality check").count() else page.get_by_role(
        "combobox"
    ).first.select_option("quality")
    page.get_by_role("button", name=re.compile("open|show", re.IGNORECASE)).first.click()
    expect(page.locator("#t0")).to_contain_text("<script>")
    expect(page.locator("#t0")).to_contain_text("RLO")
    assert "owned" not in page.title()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_same_pages_without_scripts(open_page):
    make.make_ending()
    page = open_page(everybody("reviewer"), "/reviews/", java_script_enabled=False)
    page.get_by_role("button", name=re.compile("start", re.IGNORECASE)).first.click()
    page.get_by_label("Cannot tell").check()
    page.get_by_label("Note").fill("The transcript says too little.")
    page.get_by_label("No sign").check()
    page.get_by_role("button", name=re.compile("commit", re.IGNORECASE)).click()
    expect(page.get_by_role("button", name=re.compile("undo", re.IGNORECASE))).to_be_visible()


PAGES = {
    "reviewer": [
        "/",
        "/reviews/",
        "/endings/",
        "/endings/{ending}/",
        "/reviews/{review}/",
        "/feedback/",
        "/policies/",
        "/policies/1/",
        "/search/?q=x",
        "/settings/",
        "/settings/keyboard/",
        "/settings/roles/",
        "/settings/comfort/",
        "/desk/",
        "/reference/",
    ],
    "policy_owner": ["/lineages/", "/lineages/?next=left&then=benign", "/lineages/{lineage}/", "/lineages/{lineage}/?view=list"],
    "compliance": ["/audit/", "/exports/", "/appeals/", "/styleguide/"],
    "operator": ["/work/", "/surfaces/", "/quarantine/", "/alarms/", "/unjoined/", "/deliveries/", "/reviews/"],
}


OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that a colour can break."""


WIDE, NARROW = 1280, 320


def test_every_page_is_accessible_and_fits(open_page):
    review = make.make_review()
    make.make_appeal()
    ending = Review.objects.exclude(pk=review.pk).get().unit.branch.ending
    names, found = {"ending": ending.public_id, "review": review.public_id, "lineage": a_lineage().public_id}, {}
    check_each_way(open_page(None, "/sign-in/"), "/sign-in/", found)
    for role, (first, *paths) in PAGES.items():
        page = open_page(everybody(role), first)
        check_each_way(page, first, found)
        for path in paths:
            page.goto(path.format(**names))
            check_each_way(page, path, found)
    page = open_page(review_form_reader(review), f"/reviews/{review.public_id}/")
    check_each_way(page, "the label form", found)
    assert not found


def check_each_way(page, path, found):
    """Check a page as it came, then the colours it takes when the system turns dark and how it fits a narrow window.

    Every page is tried narrow, dark and by all rules in test_browser_pages.py.
    """
    check_fits(page, path, found, NARROW, WIDE)
    for scheme, rules in (("light", ()), ("dark", OF_COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # else some colours are still on their way
        check(page, f"{path} in {scheme} colours", found, only=rules)


def a_lineage():
    """Make a lineage with a gap, a branch and a new thread, and one of its branches named by another that never came."""
    make.make_ground()
    event = make.ended(time=(timezone.now() - timedelta(hours=48)).isoformat())
    lost = make.branched(event, ("user", HOSTILE), minutes=9)
    lost["data"]["conversation"]["branch"]["parent_id"] = "never-came"
    edited = make.branched(event, ("user", HOSTILE), minutes=3, fork=2)
    for one in (event, edited, lost, make.started(event, make.LADDER[0], minutes=5)):
        make.send(one)
    make.judge_all()
    make.link()
    return Lineage.objects.get(root__external_id=event["data"]["conversation"]["id"])


def test_a_lineage_by_keys_and_its_messages_side_by_side(open_page):
    lineage = a_lineage()
    page = open_page(everybody("policy_owner"), "/lineages/")
    page.locator(f"a[href='/lineages/{lineage.public_id}/']").click()
    edited = lineage.root.branches.get(forked_at_turn=2, parent_external_id__startswith="br-")
    page.goto(f"/lineages/{lineage.public_id}/?at={edited.public_id}")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("view=list"))
    page.keyboard.press("t")
    expect(page.locator("svg.tree")).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("heading", name="New thread", exact=True)).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_role("heading", name="Edited at turn 2", exact=True)).to_be_visible()
    page.get_by_role("button", name="Open both messages").click()
    expect(page).to_have_url(re.compile("#difference$"))
    expect(page.locator("#difference")).to_contain_text("<script>")
    expect(page.locator("#difference mark").first).to_be_visible()
    assert "owned" not in page.title()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def review_form_reader(review):
    reader = make.make_person("reviewer")
    claim_review(review.pk, actor=reader)
    return reader


AXE = Axe().axe_script
SERIOUS = """(options) => axe.run(options).then(({violations}) =>
    violations.filter(({impact}) => ["serious", "critical"].includes(impact)).map(({id}) => id))"""
THIN_OUT = "document.querySelectorAll('.reference-item:nth-of-type(n + 6)').forEach((item) => item.remove())"
"""The reference has hundreds of operations and shapes of one template, in 35,000 elements: axe is shown the first of each group."""


def check(page, path, found, *, only=()):
    """Note serious axe findings, of all rules or of some."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(THIN_OUT)
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": only} if only else {})
    if serious := page.evaluate(SERIOUS, options):
        found[f"{path}, axe"] = serious


def check_fits(page, path, found, *widths):
    """Note where a page is wider than the window; it is as long as it came, so this goes before `check`."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if (overflow := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
            found[f"{path} at {width} px"] = [f"{overflow} px too wide"]
