"""A pattern behind its gate finds what it would find without one."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.classifiers import gates
from moderation.classifiers.gates import ALSO_NEEDED_BY, ANYTHING, NEEDED_BY, Finder
from moderation.classifiers.normal import normal
from moderation.classifiers.patterns import any_of, phrase
from moderation.classifiers.phrasebook import phrases
from moderation.classifiers.rules_harm import PHRASES
from tests.moderation import sentences, sentences_fresh

MODULES = ("acts", "crisis", "danger", "ending", "request")


@pytest.fixture(autouse=True)
def always_gated(monkeypatch):
    monkeypatch.setattr(gates, "WORTHWHILE", 0)


def finders():
    modules = [import_module(f"moderation.classifiers.patterns_{name}") for name in MODULES]
    named = {name: one for module in modules for name, one in vars(module).items() if isinstance(one, Finder)}
    return named | {f"phrases of {name}": one for name, one in PHRASES.items()}


FINDERS = finders()
OURS = [
    text for module in (sentences, sentences_fresh) for texts in vars(module).values() if isinstance(texts, list | tuple) for text in texts
]
TEXTS = [normal(text).text for text in (*(one.text for one in phrases()[::9]), *OURS) if isinstance(text, str)]


@pytest.mark.parametrize("name", sorted(FINDERS))
def test_every_pattern_finds_the_same_behind_its_gate(name):
    finder = FINDERS[name]
    for text in TEXTS:
        assert [one.span() for one in finder.finditer(text)] == [one.span() for one in finder.pattern.finditer(text)]


def test_gates_are_worth_it():
    assert len(FINDERS) > 60
    parts = [bit for one in FINDERS.values() for bit in one.parts]
    assert sum(not bit & NEEDED_BY.get(ANYTHING, 0) for bit in parts) > 0.95 * len(parts)
    hidden = [finder.may_match(text) for finder in FINDERS.values() for text in TEXTS[::20]]
    assert sum(hidden) < 0.5 * len(hidden)


words = st.sampled_from(["end", "ends", "the", "chat", "i", "i'm", "okay", "ok", "to", "'quoted", "now", "a", "", "12", "é", "\u200b", '"'])
texts = st.lists(words, max_size=9).flatmap(lambda said: st.sampled_from([" ", ", ", "\n", "-", "' "]).map(lambda gap: gap.join(said)))
SMALL = [
    phrase(r"end ~ chat"),
    phrase(r"ok(?:ay)? ?to"),
    phrase(r"^\W*(?:the |a )*(?:end|chat)"),
    phrase(r"(?:^|(?<=[,]))(?:i'?m|i am) \w+"),
    phrase(r"\w+ the"),
    any_of(r"end[- ]?s?", "i to", "'quoted"),
    phrase(r"(?:end )+the"),
    phrase(r"[a-z]+s"),
]


@given(texts)
def test_small_patterns_find_the_same_behind_their_gates(text):
    for finder in SMALL:
        assert finder.findall(text) == [match.group() for match in finder.pattern.finditer(text)]
        found = finder.search(text, 1)
        plain = finder.pattern.search(text, 1)
        assert (found and found.span()) == (plain and plain.span())


def needed(finder, by=NEEDED_BY):
    return [{head for head, bits in by.items() if bits & bit} for bit in finder.parts]


def test_alternatives_are_cut_at_bars_outside_of_groups_and_classes():
    assert gates._alternatives(r"a|b(?:c|d)|[|)]|\||[^]|]x") == ["a", "b(?:c|d)", "[|)]", r"\|", "[^]|]x"]


def test_what_a_pattern_needs():
    assert needed(phrase("end ~ chat")) == [{"chat"}]
    assert needed(phrase("end ~ chat|leave|leaves|now")) == [{"chat"}, {"leav"}, {"leaves"}, {"no"}]
    assert needed(phrase("end ~ chat"), ALSO_NEEDED_BY) == [{"end ", "end ch"}]
    assert needed(phrase("now"), ALSO_NEEDED_BY) == [{ANYTHING}]
    both = phrase("end ~ harmful|hurt ~ harmful")
    assert needed(both) == [{"harmfu"}]
    assert {"end ", "hurt"} <= needed(both, ALSO_NEEDED_BY)[0]
    assert needed(phrase(r"\w+")) == [{ANYTHING}]
    assert not phrase("end ~ chat").may_match("a chat")
    assert not phrase("end ~ chat").may_match("end it all")
    assert phrase("end ~ chat").may_match("end this chat.")


def test_a_process_that_judges_little_derives_nothing(monkeypatch):
    monkeypatch.setattr(gates, "WORTHWHILE", 3)
    finder = phrase("knife")
    assert finder.search("no such word") is None
    assert finder.search("a knife")
    assert "parts" not in vars(finder)
    assert finder.search("no such word") is None
    assert "parts" in vars(finder)


def test_a_pattern_is_compiled_when_it_is_searched_or_with_all_others(monkeypatch):
    monkeypatch.setattr(gates, "FINDERS", [*gates.FINDERS])
    searched, never = phrase("end ~ chat"), phrase("end chat")
    searched.search("end this chat")
    assert "pattern" in vars(searched)
    assert "pattern" not in vars(never)
    gates.compile_all()
    assert all("pattern" in vars(one) for one in [never, *FINDERS.values()])
