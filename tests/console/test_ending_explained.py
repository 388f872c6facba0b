"""The page of an ending says why: in words, with the nearest boundary, and with the words each check rests on once they are opened."""

import re

import pytest
from django.utils.html import escape

from tests import make

pytestmark = pytest.mark.django_db

HOSTILE = make.HARM + " <script>alert(1)</script>"
LADDER = (("user", HOSTILE), *make.LADDER[1:])


def page(client, ending, *, opened=False):
    if opened:
        client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    return client.get(f"/endings/{ending.public_id}/").content.decode()


def test_the_page_explains_the_verdict_and_its_nearest_boundary(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending())
    assert "Four harmful turns (0, 2, 4, 6), two redirections (1, 3), warning at 5, continued at 6; no sign of crisis." in shown
    assert re.search(
        r"It would be (unclear|premature) with the (threshold (for \w+|of acts)|crisis threshold) at 0\.\d{4}, now 0\.5000\.", shown
    )


def test_words_that_prove_are_quoted_only_when_opened_and_never_as_markup(client_of, policy_owner):
    ending, client = make.make_ending(*LADDER), client_of(policy_owner)
    assert "Words it rests on" not in page(client, ending)
    shown = page(client, ending, opened=True)
    quotes = re.findall(r'<details class="check-quotes">.*?</details>', shown, re.DOTALL)
    assert quotes
    assert "end this conversation" in "".join(quotes)
    assert "<script>alert" not in shown
    assert escape("<script>alert(1)</script>") in shown
    assert '<mark data-measure="' in shown


def test_a_blind_page_explains_nothing(client_of, reviewer):
    ending = make.make_ending()
    for shown in (page(client_of(reviewer), ending), claimed(client_of(reviewer))):
        assert "harmful turns" not in shown
        assert "<mark" not in shown
        assert "It would be" not in shown


def claimed(client):
    client.post("/reviews/next/")
    return client.post("/reviews/next/", follow=True).content.decode()


def test_an_ending_not_judged_yet_has_no_explanation(client_of, policy_owner):
    ending = make.make_ending(judged=False)
    assert "It would be" not in page(client_of(policy_owner), ending)
    told = client_of(policy_owner).get(f"/api/v1/endings/{ending.public_id}/").json()
    assert (told["explanation"], told["boundary"], told["policy"], told["findings"]) == (None, None, None, [])


def test_the_api_tells_the_same(client_of, policy_owner):
    ending = make.make_ending(*LADDER)
    told = client_of(policy_owner).get(f"/api/v1/endings/{ending.public_id}/").json()
    assert told["explanation"].startswith("Four harmful turns (0, 2, 4, 6)")
    assert told["boundary"].keys() == {"cut", "now", "at", "verdict"}
    assert told["classifier"] == "rules 1" or told["classifier"].startswith("embedded")
    [harm] = [one for one in told["findings"] if one["check"] == "persistent_harm"]
    assert {span["turn"] for span in harm["spans"]} == set(harm["evidence"])
    assert all(0 <= span["start"] < span["end"] <= len(HOSTILE) for span in harm["spans"])
    assert "alert" not in str(told)
