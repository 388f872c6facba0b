"""People in a real browser: an operator adds somebody, who signs in with the password shown once, and is let in no more."""

import re

import pytest
from playwright.sync_api import expect

from moderation.models import User
from tests import make
from tests.console.test_browser import NARROW, WIDE, browser, check, check_fits, open_page

__all__ = ["browser", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def check_each_width(page, path, found):
    for width in (WIDE, NARROW):
        check_fits(page, path, found, width)
        check(page, f"{path} at {width} px", found)


def test_somebody_comes_and_goes(open_page):
    page, found = open_page(make.make_person("operator"), "/people/"), {}
    page.get_by_text("Add somebody").click()
    page.get_by_label("Name", exact=True).fill("Ana Lima")
    page.get_by_label("E-mail", exact=True).fill("ana@example.org")
    page.get_by_label("Reviewer", exact=True).check()
    page.get_by_role("button", name="Add person").click()
    password = page.locator(".notice code").inner_text()
    check_each_width(page, "a new password", found)

    theirs = open_page(path="/sign-in/")
    theirs.locator("#id_username").fill("ana@example.org")
    theirs.locator("#id_password").fill(password)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs).to_have_url(re.compile(r"/$"))
    theirs.goto("/settings/password/")
    theirs.locator("#id_old_password").fill(password)
    for name in ("#id_new_password1", "#id_new_password2"):
        theirs.locator(name).fill("another battery, another staple")
    theirs.get_by_role("button", name="Change password").click()
    expect(theirs).to_have_url(re.compile(r"/settings/$"))

    page.get_by_role("link", name=User.objects.get(email="ana@example.org").pseudonym).first.click()
    page.locator("#grant_role").select_option("senior")
    page.locator("#grant_why").select_option("duties")
    page.get_by_role("button", name="Grant", exact=True).click()
    expect(page.get_by_text("Senior: Their duties changed")).to_be_visible()
    check_each_width(page, "a person", found)
    page.locator("#standing_why").select_option("left")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("button", name="Activate")).to_be_visible()
    theirs.reload()
    expect(theirs).to_have_url(re.compile("/sign-in/"))
    assert not found, found
