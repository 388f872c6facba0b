"""Every page that can be read, as a role that may read it: nothing serious under axe, and no scrolling sideways at 320 px, at double text size, or both.

The main pages are tried in four ways in test_browser.py; here no page is left out, since the addresses come from the URL table.
"""

import pytest
from playwright.sync_api import Error

from console.roles import ROLES
from moderation.models import RoleName
from tests import make
from tests.console.test_access import ALL, ANYBODY_SIGNED_IN, address, needed_by, things
from tests.console.test_browser import NARROW, WIDE, browser, check, check_fits, open_page

__all__ = ["browser", "open_page", "things"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EACH_ROLE = {"home", "endings", "ending", "unit"}
"""Pages on which roles see different things."""
DOUBLE, AS_IT_WAS = (f"document.documentElement.style.fontSize = '{size}'" for size in ("200%", ""))


RAIL_CUT = """Math.max(...[...document.querySelectorAll('.rail-word')].map((word) => Math.max(
    word.getBoundingClientRect().right - document.querySelector('.rail').getBoundingClientRect().right,
    word.scrollWidth - word.offsetWidth)))"""


def test_the_rail_cuts_no_word_at_double_text_size(open_page):
    page = open_page(make.make_person("operator"), "/work/", viewport={"width": 1280, "height": 800})
    assert page.evaluate(RAIL_CUT) <= 0
    page.evaluate(DOUBLE)
    assert page.evaluate(RAIL_CUT) <= 0


def pages_of(role, walked):
    """Return the names of the pages this role walks: those nobody before it could read, and those that differ by role."""
    free = ANYBODY_SIGNED_IN | {"criteria"} if role is RoleName.REVIEWER else set()
    mine = {name for name in ALL if name in free or needed_by(name) in ROLES[role]}
    return sorted(name for name in mine if not name.startswith("api-") and (name in EACH_ROLE or name not in walked))


def is_page(page, path):
    """Open an address; returns whether it is a page, not a refusal, a file, or a fragment of a page that is walked itself."""
    try:
        answer = page.goto(path)
    except Error as error:
        if "Download is starting" in error.message:
            return False
        raise
    return answer.status == 200 and "<html" in answer.text()


def test_no_page_is_left_out(open_page, things):
    walked, read, found = set(), set(), {}
    for role in RoleName:
        page = open_page(make.make_person(role.value), "/", viewport={"width": 320, "height": 800}, color_scheme="dark")
        for name in pages_of(role, walked):
            walked.add(name)
            if not is_page(page, address(name, things)):
                continue
            read.add(name)
            where = f"{name} of {role.value}"
            check_fits(page, where, found, NARROW)
            page.evaluate(DOUBLE)
            check_fits(page, f"{where} at 200 %", found, WIDE, NARROW)
            page.evaluate(AS_IT_WAS)
            check(page, where, found)
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())
    assert len(read) > 40
