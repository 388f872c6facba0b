"""Pure: patterns that are only searched where they can match.

A text is searched by a hundred patterns, each an alternation of up to a hundred phrases, and most find nothing. But any match of most
phrases holds one of a few words: "end ~ chat" needs a word that begins with "end " and one that begins with "chat". So the beginnings of a
text's words are collected once, each phrase knows two sets of beginnings and needs one of each, and only those are searched that share one
with the text each time. Where the first of them is found the whole pattern is asked, so that what is found is the same.

A beginning is up to six characters of a word, a space and the words after it; every gap between words is one space. The needed ones are
derived from the pattern as `re` parses it, once it was searched so often that this pays; where nothing can be said it is always searched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
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
START = r"(?<![\w'])(?:^|(?=\w)|(?=[\"'][^\"']))"
"""Where a phrase may begin: at the start, a word or an opening quote; all other places are passed over fast."""
END = r"(?!\w)"
FEW = 12
"""More parts than this are not searched one by one, but together."""
WORD = re.compile(r"\w[\w']*")
TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)
"""What tells where an alternative ends: an escape, a class, a bracket or a bar."""
FINDERS: list[Finder] = []
"""All patterns there are, for those who want them compiled."""
NEEDED_BY: dict[str, int] = {}
ALSO_NEEDED_BY: dict[str, int] = {}
"""The bits of the parts of patterns that need each beginning, in their first set and in their second: one look at a text serves all."""
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
_Heads = tuple[set[str], set[str]]
"""What may have been read so far: where it goes on, and where it is long enough or what follows is not known."""


class Part:
    """Alternatives of a pattern that need the same: any match holds one of `needed` and one of `also`; `bit` stands for them."""

    def __init__(self, needed: frozenset[str], also: frozenset[str], body: str) -> None:
        self.body = body
        self.bit = 1 << next(_numbers)
        with _learning:
            for by, heads in ((NEEDED_BY, needed), (ALSO_NEEDED_BY, also)):
                for head in heads:
                    by[head] = by.get(head, 0) | self.bit

    @cached_property
    def begins(self) -> re.Pattern[str]:
        """A pattern that begins where the alternatives match and ends anywhere; it is compiled when a text first needs it.

        Where all that they may begin with is known, `re` passes over other characters fast, and looks back from the first one.
        """
        first = _first(_parser.parse(self.body))
        if first is None:
            return re.compile(_whole(self.body))
        return re.compile(f"[{''.join(sorted(first))}](?<![\\w'].)(?<=(?=(?:{self.body}){END}).)")


class Finder:
    """A pattern whose matches stand where words begin and end; it answers as the pattern itself would."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.searched = 0
        FINDERS.append(self)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first searched: all of them take a second, and most processes judge nothing."""
        return re.compile(_whole(self.body))

    @cached_property
    def parts(self) -> Mapping[int, Part]:
        """The alternatives by the bits that name them; those that need the same stand together."""
        bodies: dict[frozenset[str], dict[str, frozenset[str]]] = {}
        for body in _alternatives(self.body):
            needed, also = _two_needed(_parser.parse(body))
            bodies.setdefault(needed, {})[body] = also
        parts = [Part(needed, _either(also.values()), "|".join(also)) for needed, also in bodies.items()]
        _bits.cache_clear()
        _bits_of.cache_clear()
        return {part.bit: part for part in parts}

    @cached_property
    def mask(self) -> int:
        """The bits of all parts."""
        return sum(self.parts)

    def may_match(self, text: str) -> bool:
        """Tell whether there might be a match in a text or in a part of it; False is sure."""
        self.searched += 1
        return self.searched < WORTHWHILE or bool(self.mask & _bits(text))

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize, *, of: str | None = None) -> re.Match[str] | None:
        """Return the first match, as `re.Pattern.search` does; `of` is a longer text of which this one is a part."""
        self.searched += 1
        if self.searched < WORTHWHILE:
            return self.pattern.search(text, pos, endpos)
        bits = self.mask & _bits(text if of is None else of)
        if not bits:
            return None
        begins = _begins(self, bits)
        if len(begins) > FEW:
            return self.pattern.search(text, pos, endpos)
        found = [match.start() for one in begins if (match := one.search(text, pos, endpos)) is not None]
        return self.pattern.match(text, min(found), endpos) if found else None

    def finditer(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """Return every match, as `re.Pattern.finditer` does."""
        first = self.search(text, pos, endpos)
        return iter(()) if first is None else self.pattern.finditer(text, first.start(), endpos)

    def findall(self, text: str) -> list[str]:
        """Return the text of every match."""
        return [match.group() for match in self.finditer(text)]

    def match(self, text: str) -> re.Match[str] | None:
        """Return a match at the beginning of a text."""
        return self.pattern.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return a match of a whole text."""
        return self.pattern.fullmatch(text)


def _whole(body: str) -> str:
    return f"{START}(?:{body}){END}"


@lru_cache(maxsize=4_096)
def _begins(finder: Finder, bits: int) -> tuple[re.Pattern[str], ...]:
    """Return where the parts that some bits name begin."""
    return tuple(part.begins for bit, part in finder.parts.items() if bit & bits)


def compile_all() -> None:
    """Compile every pattern now, for a process whose children are to search them."""
    for finder in FINDERS:
        _ = finder.pattern


@lru_cache(maxsize=8)
def _bits(text: str) -> int:
    """Return the bits of all parts that need beginnings which the text has, or none."""
    words = WORD.findall(text)
    first, second = NEEDED_BY.get(ANYTHING, 0), ALSO_NEEDED_BY.get(ANYTHING, 0)
    for head in {f"{one} {two} {three} "[:LONGEST] for one, two, three in zip_longest(words, words[1:], words[2:], fillvalue="")}:
        needed, also = _bits_of(head)
        first |= needed
        second |= also
    return first & second


@lru_cache(maxsize=16_384)
def _bits_of(head: str) -> tuple[int, int]:
    """Return the bits of the parts that need the longest beginning of a word, or a shorter one, in their first set and in their second."""
    found = 0, 0
    for size in SIZES:
        found = found[0] | NEEDED_BY.get(head[:size], 0), found[1] | ALSO_NEEDED_BY.get(head[:size], 0)
    return found


def _alternatives(body: str) -> list[str]:
    """Cut a pattern at the bars that stand in no group and no class."""
    found, depth, begin = [], 0, 0
    for match in TOKEN.finditer(body):
        sign = match.group()
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            found.append(body[begin : match.start()])
            begin = match.end()
    return [*found, body[begin:]]


def _first(parsed: _Parsed) -> set[str] | None:
    """Return the letters and digits with which a match may begin; None where it might begin in another way."""
    found: set[str] = set()
    for code, value in parsed:
        optional = code in _REPEATS and not value[0]
        letters = _first_in(code, value)
        if letters is None:
            return None
        found |= letters
        if not optional:
            return found
    return None


def _first_in(code: Any, value: Any) -> set[str] | None:  # noqa: ANN401  # the parser of `re` is not typed
    if code is _codes.BRANCH:
        each = [_first(branch) for branch in value[1]]
        return None if None in each else set().union(*(one for one in each if one is not None))
    if code is _codes.SUBPATTERN:
        return _first(value[3])
    if code in _REPEATS:
        return _first(value[2])
    letters = {chr(value)} if code is _codes.LITERAL else _members(value) if code is _codes.IN else None
    return letters if letters is not None and all(re.fullmatch("[a-z0-9]", letter) for letter in letters) else None


def _two_needed(parsed: _Parsed) -> tuple[frozenset[str], frozenset[str]]:
    """Return the two rarest sets of beginnings of words, of each of which any match holds one; ANYTHING where there are none."""
    rarest, *others = sorted(dict.fromkeys(_all_needed(parsed, at_word=True)), key=_commonness)
    return rarest, next(iter(others), ANY)


def _either(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return beginnings of which a match of any of several phrases holds one."""
    found = frozenset[str]().union(*sets)
    return ANY if ANYTHING in found else found


def _needed(parsed: _Parsed, *, at_word: bool) -> frozenset[str]:
    """Return beginnings of words of which any match holds one: the rarest that can be told; ANYTHING where there are none."""
    return min(_all_needed(parsed, at_word=at_word), key=_commonness)


def _all_needed(parsed: _Parsed, *, at_word: bool) -> list[frozenset[str]]:
    """Return every set of beginnings that can be told, and ANYTHING."""
    found = [ANY]
    for at, (code, value) in enumerate(parsed):
        if at_word and (len(parsed) > 1 or code not in _GROUPS):  # of a group alone, its alternatives tell as much
            found.append(_beginnings(parsed[at:]))
        found.append(_needed_in(code, value, at_word=at_word))
        at_word = _word_follows(code, value, at_word=at_word)
    return found


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
    heads = {head.lstrip("'") for head in set().union(*_extended({""}, parsed))}
    if any(len(head) < SHORTEST or head.startswith(" ") for head in heads):
        return ANY
    return frozenset(head[: next(size for size in SIZES if size <= len(head))] for head in heads)


def _extended(heads: set[str], parsed: _Parsed) -> _Heads:
    """Return what may have been read after a sequence, given what may have been before."""
    done: set[str] = set()
    for code, value in parsed:
        heads, ended = _step(heads, code, value)
        done |= ended
        if not heads:
            break
    return heads, done


def _step(heads: set[str], code: Any, value: Any) -> _Heads:  # noqa: ANN401  # as above
    if code is _codes.LITERAL:
        return _read(heads, {chr(value)})
    if code in WITHOUT_WIDTH:
        return heads, set()
    if code is _codes.BRANCH:
        each = [_extended(heads, branch) for branch in value[1]]
        return set().union(*(on for on, _ in each)), set().union(*(done for _, done in each))
    if code is _codes.SUBPATTERN:
        return _extended(heads, value[3])
    if code in _REPEATS:
        return _repeated(heads, *value)
    return _read(heads, _members(value) if code is _codes.IN else None)


def _repeated(heads: set[str], least: int, most: int, parsed: _Parsed) -> _Heads:
    """Read something once, or not at all; after more than once nothing is known, save after a gap, which is one however long."""
    on, done = _extended(heads, parsed)
    if most > 1 and (on, done) != _read(heads, {" "}):
        on, done = set(), on | done
    return on | heads if least == 0 else on, done


def _read(heads: set[str], letters: set[str] | None) -> _Heads:
    if letters is None:
        return set(), heads
    told = {_told(letter) for letter in letters}
    read = {head if letter == " " and head.endswith(" ") else head + letter for head in heads for letter in told}
    done = {head for head in read if len(head) >= LONGEST}
    return read - done, done


@cache
def _told(letter: str) -> str:
    """Return a character as a beginning holds it: as it is in a word, and as a space anywhere else."""
    return letter if letter == "'" or WORD.fullmatch(letter) else " "


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
