"""Small words of lists and of the log: counts, names behind ids, links to what an entry is about."""

import pytest

from console.templatetags.listing import counted
from console.templatetags.names import named
from console.templatetags.target import target


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
        ("export", "X-7Q4M2R9F", "/exports/"),
        ("work", "W-4", "/work/"),
        ("surface", "S-7Q4M2R9F", "/surfaces/S-7Q4M2R9F/"),
        ("quarantined", "Z-7Q4M2R9F", "/quarantine/Z-7Q4M2R9F/"),
    ],
)
def test_a_target_leads_to_its_page(kind, identity, href):
    assert f'href="{href}"' in target(kind, identity)
    assert identity in target(kind, identity)


def test_a_target_without_a_page_stays_as_it_is():
    assert "href" not in target("log", "log")
    assert "none" in target("log", "")


def test_a_target_is_escaped():
    assert "<b>" not in target("log", "<b>")
