"""Small words of lists and of the log: counts, names behind ids, links to what an entry is about."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from console.templatetags.listing import counted
from console.templatetags.names import named
from console.templatetags.target import PAGES, target
from moderation.models import RoleName, User
from tests.console.test_access import needed_by


def as_role(*roles):
    """Return what a template knows of somebody who has these roles."""
    user = User()
    user._roles = frozenset(roles)
    return {"user": user}


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 endings"), (1, "1 ending"), (41_207, "41\u202f207 endings"), (50_001, "More than 50\u202f000 endings")],
)
def test_a_list_is_counted_in_words(count, told):
    assert counted(count, 50_001, "ending", "endings") == told


def test_an_id_is_named_where_a_name_is_known():
    assert named("a", {"a": "K-31F8"}) == "K-31F8"
    assert named("sequencer", {"a": "K-31F8"}) == "sequencer"


@pytest.mark.parametrize(
    ("kind", "identity", "href"),
    [
        ("ending", "E-7Q4M2R9F", "/endings/E-7Q4M2R9F/"),
        ("review", "R-7Q4M2R9F", "/reviews/R-7Q4M2R9F/"),
        ("policy", "P-12", "/policies/12/"),
        ("export", "X-7Q4M2R9F", "/exports/X-7Q4M2R9F/"),
        ("work", "W-4", "/work/"),
        ("surface", "S-7Q4M2R9F", "/surfaces/S-7Q4M2R9F/"),
        ("quarantined", "Z-7Q4M2R9F", "/quarantine/Z-7Q4M2R9F/"),
    ],
)
def test_a_target_leads_to_its_page(kind, identity, href):
    assert f'href="{href}"' in target(as_role(*RoleName), kind, identity)
    assert identity in target(as_role(*RoleName), kind, identity)


def test_a_target_without_a_page_stays_as_it_is():
    assert "href" not in target(as_role(*RoleName), "log", "log")
    assert "none" in target(as_role(*RoleName), "log", "")


def test_a_target_is_escaped():
    assert "<b>" not in target(as_role(*RoleName), "log", "<b>")


def test_a_target_is_a_link_for_those_alone_whom_its_page_lets_in():
    numbers, found_by = {"policy": "P-1"}, {"search": "unit"}  # a search for the id of a refused request leads to the page of its unit
    paths = {kind: urlsplit(address(numbers.get(kind, "E-7Q4M2R9F"))).path for kind, (_, address) in PAGES.items()}
    names = {kind: resolve(path).url_name for kind, path in paths.items()}
    asked = {kind: needed_by(found_by.get(name, name)) for kind, name in names.items()}
    assert {kind: needed for kind, (needed, _) in PAGES.items()} == asked
