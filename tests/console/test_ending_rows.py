"""The rows of the explorer, which no template draws: every value is escaped, and of what waits for a blind label nothing is told."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from console.explorer import COLUMNS
from console.templatetags.endings import OPEN, TELLING, ending_rows
from conversations.models import ConversationEnd, Surface
from moderation.models import Standing


def standing(**given):
    ending = ConversationEnd(public_id="E-7Q4M2F9C", branch_id=uuid4(), at_turn=13)
    facts = {"reason": "persistent_abuse", "outcome": "premature", "category": "hate", "answer": "no", "model": "claude-opus-4"}
    more = {"ended_at": timezone.now() - timedelta(hours=3), "language": "en", "has_appeal": True}
    return Standing(ending=ending, surface=Surface(name="Web"), **facts | more | given)


def drawn(one, *, names=tuple(COLUMNS), hidden=False):
    branches = {one.ending.branch_id} if hidden else set()
    return str(ending_rows([one], [(name, COLUMNS[name]) for name in names], branches))


def texts(html):
    return re.sub(r"<[^>]+>", " ", html).split()


def test_every_column_has_its_cell_and_no_cell_is_without_a_column():
    assert OPEN.keys() | TELLING.keys() == COLUMNS.keys()
    assert not OPEN.keys() & TELLING.keys()
    assert drawn(standing()).count("<td ") == len(COLUMNS)


def test_a_row_tells_what_stands_in_it():
    html = drawn(standing(), names=("verdict", "category", "reason", "turn", "said"))
    assert texts(html) == ["E-7Q4M2F9C", "✗", "Premature", "Hate", "Persistent", "abuse", "13", "Appeal"]
    assert '<td data-label="At turn" class="number">13</td>' in html
    assert 'href="/endings/E-7Q4M2F9C/" data-open' in html


def test_what_is_missing_is_said():
    html = drawn(standing(outcome="", category="", answer="", has_appeal=False), names=("verdict", "category", "label", "said"))
    assert texts(html) == ["E-7Q4M2F9C", "Not", "judged", "yet", *["–", "none"] * 3]


@pytest.mark.parametrize("name", TELLING)
def test_what_waits_for_a_blind_label_is_told_in_no_cell(name):
    html = drawn(standing(has_feedback=True), names=(name,), hidden=True)
    assert texts(html) == ["E-7Q4M2F9C", "hidden"]


@pytest.mark.parametrize("name", OPEN)
def test_what_tells_nothing_is_shown_all_the_same(name):
    assert "hidden" not in drawn(standing(), names=(name,), hidden=True)


@pytest.mark.parametrize(
    "given", [{"model": "<b>bold</b>"}, {"category": "<b>bold</b>"}, {"reason": "<b>bold</b>"}, {"language": "<b>bold</b>"}]
)
def test_a_surfaces_own_words_are_escaped(given):
    html = drawn(standing(**given))
    assert "<b>" not in html.lower()
    assert "&lt;b&gt;bold&lt;/b&gt;" in html.lower()
