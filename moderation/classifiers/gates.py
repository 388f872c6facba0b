"""Pure: patterns that are only searched where they can match.

A text is searched by a hundred patterns, and most find nothing. But any match of most patterns holds one of a few words: "end ~ chat" needs
a word that begins with "end " and one that begins with "chat". So the beginnings of a text's words are collected once, each pattern knows
one set of beginnings of which it needs one, and where the two share none it is not searched. What is found is the same.

A beginning is up to six characters of a word, a space and the words after it; every gap between words is one space. The needed ones are
derived from the pattern as `re` parses it, once it was searched so often that this pays; where nothing can be said it is always searched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from importlib import import_module
from itertools import count, zip_longest
from threading import Lock
from typing import Any

from moderation.classifiers.language import COMMON

SIZES = (6, 4, 2)
"""The lengths of beginnings that are known."""
LONGEST, SHORTEST = max(SIZES), min(SIZES)
MOST_LETTERS = 8
"""A class of more characters than this is not spelled out."""
WORTHWHILE = 500
"""Deriving what a pattern needs takes as long as searching it so often: a process that judges little does without."""
ANYTHING = ""
"""Stands for no beginning in particular, which every text has."""
ANY = frozenset({ANYTHING})
WORD = re.compile(r"\w[\w']*")
FINDERS: list[Finder] = []
NEEDED_BY: dict[str, int] = {}
"""The bits of the patterns that need each beginning: one look at a text serves them all."""
_numbers = count()
_learning = Lock()
_parser: Any = import_module("re._parser")
_codes: Any = import_module("re._constants")
_REPEATS = frozenset({_codes.MAX_REPEAT, _codes.MIN_REPEAT})
_GROUPS = frozenset({_codes.BRANCH, _codes.SUBPATTERN})
WITHOUT_WIDTH = frozenset({_codes.AT, _codes.ASSERT, _codes.ASSERT_NOT})
NO_WORD = [(_codes.CATEGORY, _codes.CATEGORY_NOT_WORD)]
"""How `\\W` is parsed."""
_Parsed = Sequence[tuple[Any, Any]]
_Heads = frozenset[tuple[str, bool]]
"""What may have been read so far, and whether what follows it is known."""


class Finder:
    """A pattern whose matches begin at the beginning of a word or of the text; it answers as the pattern itself would.

    `before` and `after` are the conditions that hold for every match of `body`.
    """

    def __init__(self, before: str, body: str, after: str) -> None:
        self.source = f"{before}(?:{body}){after}"
        self.body = body
        self.searched = 0
        FINDERS.append(self)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first searched: all of them take a second, and most processes judge nothing."""
        return re.compile(self.source)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Beginnings of words of which any match holds one."""
        return _needed(_parser.parse(self.body), at_word=True)

    @cached_property
    def bit(self) -> int:
        """The bit by which all that is needed names this pattern."""
        own, needed = 1 << next(_numbers), self.needed
        with _learning:
            for head in needed:
                NEEDED_BY[head] = NEEDED_BY.get(head, 0) | own
            _bits.cache_clear()
        return own

    def may_match(self, text: str) -> bool:
        """Tell whether there might be a match in a text or in a part of it; False is sure."""
        self.searched += 1
        return self.searched < WORTHWHILE or bool(self.bit & _bits(text))

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        """Return the first match, as `re.Pattern.search` does."""
        return self.pattern.search(text, pos, endpos) if self.may_match(text) else None

    def finditer(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """Return every match, as `re.Pattern.finditer` does."""
        return self.pattern.finditer(text, pos, endpos) if self.may_match(text) else iter(())

    def findall(self, text: str) -> list[str]:
        """Return the text of every match."""
        return [match.group() for match in self.finditer(text)]

    def match(self, text: str) -> re.Match[str] | None:
        """Return a match at the beginning of a text."""
        return self.pattern.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return a match of a whole text."""
        return self.pattern.fullmatch(text)


def compile_all() -> None:
    """Compile every pattern now, for a process whose children are to search them."""
    for finder in FINDERS:
        _ = finder.pattern


@lru_cache(maxsize=8)
def _bits(text: str) -> int:
    """Return the bits of all patterns that need a beginning which the text has, or none."""
    found = NEEDED_BY.get(ANYTHING, 0)
    for head in NEEDED_BY.keys() & _keys(text):
        found |= NEEDED_BY[head]
    return found


def _keys(text: str) -> set[str]:
    """Return how the words of a text begin, in every known length; quotes before a word are passed over."""
    words = WORD.findall(text)
    heads = {f"{one} {two} {three} "[:LONGEST] for one, two, three in zip_longest(words, words[1:], words[2:], fillvalue="")}
    return heads | {head[:4] for head in heads} | {head[:2] for head in heads}


def _needed(parsed: _Parsed, *, at_word: bool) -> frozenset[str]:
    """Return beginnings of words of which any match holds one: the rarest that can be told; ANYTHING where there are none."""
    found = [ANY]
    for at, (code, value) in enumerate(parsed):
        if at_word and (len(parsed) > 1 or code not in _GROUPS):  # of a group alone, its alternatives tell as much
            found.append(_beginnings(parsed[at:]))
        found.append(_needed_in(code, value, at_word=at_word))
        at_word = _word_follows(code, value, at_word=at_word)
    return min(found, key=_commonness)


def _needed_in(code: Any, value: Any, *, at_word: bool) -> frozenset[str]:  # noqa: ANN401  # the parser of `re` is not typed
    if code is _codes.BRANCH:
        return frozenset().union(*(_needed(branch, at_word=at_word) for branch in value[1]))
    if code is _codes.SUBPATTERN:
        return _needed(value[3], at_word=at_word)
    if code in _REPEATS and value[0]:
        return _needed(value[2], at_word=at_word)
    return ANY


def _word_follows(code: Any, value: Any, *, at_word: bool) -> bool:  # noqa: ANN401  # as above
    """Tell whether what follows an item surely begins a word, given whether the item itself did."""
    if code in _REPEATS and not value[0]:
        return at_word and _ends_in_gap(*value[2][-1])
    return (at_word and _has_no_width(code, value)) or _ends_in_gap(code, value)


def _ends_in_gap(code: Any, value: Any) -> bool:  # noqa: ANN401  # as above
    if code is _codes.IN:
        return value == NO_WORD or _members(value) == {" "}
    if code is _codes.SUBPATTERN:
        return bool(value[3]) and _ends_in_gap(*value[3][-1])
    if code is _codes.BRANCH:
        return all(branch and _ends_in_gap(*branch[-1]) for branch in value[1])
    return code in _REPEATS and value[0] > 0 and _ends_in_gap(*value[2][-1])


def _has_no_width(code: Any, value: Any) -> bool:  # noqa: ANN401  # as above
    if code is _codes.SUBPATTERN:
        return all(_has_no_width(*item) for item in value[3])
    if code is _codes.BRANCH:
        return all(_has_no_width(*item) for branch in value[1] for item in branch)
    return code in WITHOUT_WIDTH


def _commonness(heads: frozenset[str]) -> int:
    """Return roughly how often texts hold one of these: common words count most, and short beginnings more than long ones."""
    if ANYTHING in heads:
        return sys.maxsize
    return sum(200 if head.rstrip() in COMMON else {6: 1, 4: 6}.get(len(head), 100) for head in heads)


def _beginnings(parsed: _Parsed) -> frozenset[str]:
    """Return with what a match of a sequence may begin, in the known lengths; ANYTHING where it may begin in any way."""
    heads = {head.lstrip("'") for head, _ in _extended(frozenset({("", True)}), parsed)}
    if any(len(head) < SHORTEST or head.startswith(" ") for head in heads):
        return ANY
    return frozenset(head[: next(size for size in SIZES if size <= len(head))] for head in heads)


def _extended(heads: _Heads, parsed: _Parsed) -> _Heads:
    """Return what may have been read after a sequence."""
    for code, value in parsed:
        heads = _done(heads) | _step(frozenset(head for head in heads if _goes_on(head)), code, value)
        if not any(map(_goes_on, heads)):
            break
    return heads


def _goes_on(head: tuple[str, bool]) -> bool:
    return head[1] and len(head[0]) < LONGEST


def _done(heads: _Heads) -> _Heads:
    return frozenset(head for head in heads if not _goes_on(head))


def _step(heads: _Heads, code: Any, value: Any) -> _Heads:  # noqa: ANN401  # as above
    if not heads or code in WITHOUT_WIDTH:
        return heads
    if code is _codes.BRANCH:
        return frozenset().union(*(_extended(heads, branch) for branch in value[1]))
    if code is _codes.SUBPATTERN:
        return _extended(heads, value[3])
    if code in _REPEATS:
        return _repeated(heads, *value)
    return _read(heads, {chr(value)} if code is _codes.LITERAL else _members(value) if code is _codes.IN else None)


def _repeated(heads: _Heads, least: int, most: int, parsed: _Parsed) -> _Heads:
    """Read something once, or not at all; after more than once nothing is known, save after a gap, which is one however long."""
    once = _extended(heads, parsed)
    if most > 1 and once != _read(heads, {" "}):
        once = _unknown(once)
    return once | heads if least == 0 else once


def _read(heads: _Heads, letters: set[str] | None) -> _Heads:
    if letters is None:
        return _unknown(heads)
    told = {letter if letter == "'" or WORD.fullmatch(letter) else " " for letter in letters}
    return frozenset((head if letter == " " and head.endswith(" ") else head + letter, True) for head, _ in heads for letter in told)


def _unknown(heads: _Heads) -> _Heads:
    return frozenset((head, False) for head, _ in heads)


def _members(parts: _Parsed) -> set[str] | None:
    """Return the characters of a class: a space for any class that holds no character of a word, None where they are many."""
    letters: set[str] = set()
    negated = parts[0][0] is _codes.NEGATE
    for code, value in parts[negated:]:
        if code is _codes.LITERAL:
            letters.add(chr(value))
        elif code is _codes.RANGE and value[1] - value[0] < MOST_LETTERS:
            letters |= {chr(point) for point in range(value[0], value[1] + 1)}
        elif code is _codes.CATEGORY and value is _codes.CATEGORY_WORD and negated:
            letters.add("\\w")
        else:
            return None
    if negated:
        return {" "} if {"\\w", "'"} <= letters else None
    return letters if len(letters) <= MOST_LETTERS else None
