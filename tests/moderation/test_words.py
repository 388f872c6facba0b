"""The index of what was said: keyed lexemes, phrases by position, nothing of a word in the database, gone with its subject."""

from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import vault
from moderation import words, work
from moderation.actions.retention import destroy_text
from moderation.actions.words import ask_for_missing_words, forget_words
from moderation.models import Kind, Words, WorkItem
from moderation.states import WorkState
from moderation.words import POSITIONS, Unsearchable, document, lexeme, query, split
from tests import make

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bomb, bomb's STRASSE straße", ["bomb", "bomb", "s", "strasse", "strasse"]),
        ("\ufb01ne", ["fine"]),  # a ligature
        ("炸弹 bomb", ["炸", "弹", "bomb"]),
        ("…!? _", []),
        ("Ünïcode 42", ["ünïcode", "42"]),
    ],
)
def test_a_text_is_split_into_words(text, words):
    assert split(text) == words


def test_a_lexeme_depends_on_the_key_and_holds_no_word():
    assert lexeme("bomb", KEY) != lexeme("bomb", b"o" * 32)
    assert "bomb" not in lexeme("bomb", KEY)


@pytest.mark.parametrize("typed", ["", "   ", '""', "-bomb", "!?", "a " * 21])
def test_what_cannot_be_looked_for_is_refused(typed):
    with pytest.raises(Unsearchable):
        query(typed, KEY)


def matches(texts, typed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [document(texts, KEY), query(typed, KEY)])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bomb", True),
        ("BOMB build", True),
        ('"build a bomb"', True),
        ('"a bomb', True),  # the second quotation mark never came
        ('"bomb build"', False),
        ('"bomb no"', False),  # the end of one turn and the beginning of the next
        ("bomb -cake", True),
        ("bomb -no", False),
        ('-"a bomb" no', False),
        ("cake", False),
        ("' | 'x", False),
    ],
)
def test_words_phrases_and_what_must_not_be_there(typed, found):
    assert matches(["How to build a bomb", "No."], typed) is found


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_transcript_can_be_indexed_and_is_found_by_each_of_its_words(texts):
    for word in {word for text in texts for word in split(text)}:
        assert matches(texts, f'"{word}"')


@pytest.mark.django_db
def test_a_transcript_longer_than_all_positions_is_found_by_its_last_word():
    assert matches(["la " * (POSITIONS + 10) + "finis terrae"], '"finis terrae"')


@pytest.mark.django_db
def test_more_words_than_there_is_room_for_do_no_harm():
    assert matches([" ".join(f"word{number}" for number in range(80_000))], "word1 word2")


@pytest.mark.django_db
def test_a_judged_ending_is_indexed_without_a_word_of_it(ground):
    ending = make.make_ending()
    stored = Words.objects.get(branch=ending.branch)
    assert "weapon" not in str(stored.vector)
    held = Words.objects.filter(vector__holds=query('"build a bomb" weapons', vault.search_key()))
    assert held.get().branch_id == ending.branch_id


@pytest.mark.django_db
def test_what_was_erased_leaves_the_index(ground):
    one, other = make.make_ending(), make.make_ending()
    subject = one.branch.conversation.subject_id
    assert forget_words(subject) == 1
    assert Words.objects.get().branch_id == other.branch_id
    vault.store().destroy(subject)
    ask_for_missing_words()
    make.judge_all()
    assert not Words.objects.filter(branch=one.branch).exists()


@pytest.mark.django_db
def test_the_indexing_of_an_erased_transcript_leaves_nothing(ground):
    ending = make.make_ending(judged=False)
    vault.store().destroy(ending.branch.conversation.subject_id)
    assert ask_for_missing_words() == 1
    make.judge_all()
    assert not Words.objects.exists()


def test_what_is_destroyed_while_it_is_indexed_is_not_indexed(ground, monkeypatch):
    def destroyed_meanwhile(texts, key):
        literal = document(texts, key)
        destroy_text([ending.branch_id])
        return literal

    ending = make.make_ending(judged=False)
    work.run([Kind.JUDGE])
    monkeypatch.setattr(words, "document", destroyed_meanwhile)
    assert work.run([Kind.WORDS]) == 1
    assert not Words.objects.exists()
    assert WorkItem.objects.get(kind=Kind.WORDS).state == WorkState.DONE


def test_transcripts_are_emptied_before_what_is_derived_from_them(ground):
    ending = make.make_ending()
    with CaptureQueriesContext(connection) as asked:
        destroy_text([ending.branch_id])
    touched = [query["sql"] for query in asked if query["sql"].startswith(("UPDATE", "DELETE"))]
    assert touched[0].startswith('UPDATE "conversations_transcript"')
    assert any('"moderation_words"' in one for one in touched)


def test_the_upgrade_moves_what_was_indexed_of_endings_to_their_branches(ground):
    branch = make.make_ending().branch
    was = Words.objects.values_list("vector").get(branch=branch)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE moderation_words ADD COLUMN standing_id uuid")
        cursor.execute("UPDATE moderation_words SET standing_id = (SELECT id FROM conversations_conversationend)")
        cursor.execute("ALTER TABLE moderation_words DROP COLUMN branch_id, ADD PRIMARY KEY (standing_id)")
        cursor.execute(import_module("moderation.migrations.0062_words_of_branches").SQL)
    assert Words.objects.values_list("vector").get(branch=branch) == was
