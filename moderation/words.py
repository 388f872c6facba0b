"""Pure: text -> keyed lexemes, as the index of transcripts keeps them; and what somebody types -> a query over them.

1. A text is split into words: runs of letters, digits and marks after NFKC and case folding. Scripts written without spaces (Han, kana,
   Thai, Lao, Khmer, Burmese) give a word for each character, so that a phrase finds what a word would.
2. Each word becomes a lexeme: the first 48 bits of HMAC-SHA256(key of the installation, word), in base64. No word lies in the database.
3. A lexeme keeps its positions, which phrases are matched by. Between two turns a position is left out: no phrase runs across them.

Equal words give equal lexemes, so that who has both the database files and much text of the same kind can guess frequent words by how
often they come. The key stays out of the database for that reason, and what was erased leaves the index too.

Limits, PostgreSQL's own: 256 positions a word and 16,383 in all, counted again from 1 beyond them, and a megabyte a transcript. A word of a
longer one is found as long as there is room for it; a phrase of very frequent words may be missed in its later part.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache

SCHEME = 1
"""The version of all this; a transcript indexed under another is indexed again."""
LEXEME_BYTES = 6
POSITIONS = 16_383
PER_LEXEME = 256
ROOM = 900_000
MOST_TERMS = 20

ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{ALONE}]|[^\W_{ALONE}]+", re.UNICODE)
TERM = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


class Unsearchable(ValueError):
    """What was typed holds no word to look for, or too many."""


def split(text: str) -> list[str]:
    """Return the words of a text, in order."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=65_536)
def lexeme(word: str, key: bytes) -> str:
    """Return what stands for a word in the index."""
    return urlsafe_b64encode(hmac.digest(key, word.encode("utf-8", "replace"), "sha256")[:LEXEME_BYTES]).decode()


def document(texts: Iterable[str], key: bytes) -> str:
    """Return the texts of a transcript's turns as a `tsvector` literal."""
    places: dict[str, list[int]] = {}
    room, place = ROOM, 0
    for text in texts:
        for word in split(text):
            place = place % POSITIONS + 1
            cost = 2 if word in places else len(word) + 16
            if room < cost:
                break
            found = places.setdefault(word, [])
            if len(found) < PER_LEXEME:
                found.append(place)
                room -= cost
        place += 1
    return " ".join(f"'{lexeme(word, key)}':{','.join(map(str, found))}" for word, found in places.items())


def query(typed: str, key: bytes) -> str:
    """Return what was typed as a `tsquery` literal: all words, "phrases" in order, -not; raises Unsearchable."""
    wanted, unwanted = _terms(typed)
    if not wanted:
        raise Unsearchable("Type at least one word that the transcript must hold.")
    if len(wanted) + len(unwanted) > MOST_TERMS:
        raise Unsearchable(f"Type {MOST_TERMS} words at most.")
    parts = [_phrase(words, key) for words in wanted] + [f"!({_phrase(words, key)})" for words in unwanted]
    return " & ".join(parts)


def _terms(typed: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return what must and what must not be there, each a phrase of one word or more."""
    wanted: list[list[str]] = []
    unwanted: list[list[str]] = []
    for negated, words in _split_terms(typed):
        (unwanted if negated else wanted).append(words)
    return wanted, unwanted


def _split_terms(typed: str) -> Iterator[tuple[bool, list[str]]]:
    for found in TERM.finditer(typed):
        if words := split(found["phrase"] or found["word"] or ""):
            yield bool(found["not"]), words


def _phrase(words: list[str], key: bytes) -> str:
    return "(" + " <-> ".join(f"'{lexeme(word, key)}'" for word in words) + ")"
