"""Pure: a turn as the heads read it: cut into pieces, its n-grams, and what the patterns see in it.

Long turns are read in pieces, so that one sentence in a long text is not diluted, and what was hidden in base64 is read as a piece of its
own. The patterns that must see the whole turn (crisis, requests, acts of the assistant) do, and their columns stand beside each piece.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.classifiers.base import FULL
from moderation.classifiers.columns import Row, assistant_row, concepts, user_row
from moderation.classifiers.normal import SPELLED_OUT, Normal, normal, plain_letters
from moderation.classifiers.rules_acts import AssistantActs, Seen, assistant_acts, confirmation, end_request
from moderation.classifiers.rules_crisis import Sign, crisis
from moderation.classifiers.rules_harm import Touched

USER_PIECE = 1_200
ASSISTANT_PIECE = 500
MOST_PIECES = 200
"""Pieces read of one turn; a longer one is read at its beginning and at its end."""
ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,4000}={0,2}(?![A-Za-z0-9+/=])")
MIXED_SCRIPT = re.compile(r"\w*(?:[a-zA-Z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][a-zA-Z])\w*")
LOOKALIKES = str.maketrans(
    "авсԁеһіјкмнорԛгѕтухуωαορινκτχАВСЕНІЈКМОРЅТХУΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "abcdehijkmhopqrstyxywaopivktxABCEHIJKMOPSTXYABEHIKMNOPTXYZ"
)
"""Cyrillic and Greek letters that pass for Latin ones, where a word mixes scripts."""
MOST_ENCODED = 8
PRINTED = 0.9
"""The share of printable ASCII from which decoded bytes are taken for text."""


@dataclass(frozen=True, slots=True)
class UserReading:
    """One user turn: its normal form, what base64 hides in it, its pieces as n-grams see them, and a row of columns for each."""

    text: Normal
    hidden: tuple[Normal, ...]
    pieces: tuple[str, ...]
    columns: tuple[Row, ...]
    found: Touched
    request: Seen | None
    answer: Seen | None
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One assistant turn before anything is looked for in it: its normal form and its pieces, the opening one first."""

    text: Normal
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssistantReading:
    """One assistant turn: the opening piece comes first."""

    text: Normal
    pieces: tuple[str, ...]
    columns: tuple[Row, ...]
    acts: AssistantActs
    after_harm: bool


def read_user(content: str, *, may_answer: bool = True) -> UserReading:
    """Read a user turn; it is only read as an answer where one `may` have been asked for."""
    text = normal(unmasked(content))
    plain = plain_letters(text.text)
    signs = tuple(crisis(plain))
    request, answer = end_request(text.text), confirmation(text.text) if may_answer else None
    acts = [act for act in (request, answer, *signs) if act is not None]
    hidden = tuple(map(normal, decoded(content)))
    pieces = (*cut(closed(plain), USER_PIECE), *(plain_letters(one.text) for one in hidden))
    found = [concepts(Normal(piece, None)) for piece in pieces]
    whole = found[0] if len(pieces) == 1 else concepts(text)
    return UserReading(text, hidden, pieces, tuple(user_row(one, acts) for one in found), whole, request, answer, signs)


def answer(content: str) -> Answer:
    """Return an assistant turn, ready to be read."""
    text = normal(content)
    return Answer(text, cut(text.text, ASSISTANT_PIECE))


def read_assistant(said: Answer, *, end_asked: bool, after_harm: bool) -> AssistantReading:
    """Read an assistant turn; what the user has just said decides what a question or an offer means."""
    acts = assistant_acts(said.text.text, end_asked=end_asked, after_harm=after_harm)
    return AssistantReading(said.text, said.pieces, (assistant_row(acts),) * len(said.pieces), acts, after_harm)


def unmasked(content: str) -> str:
    """Return a text with foreign letters that pass for Latin ones as those, in words that mix scripts; nothing moves."""
    if content.isascii():
        return content
    return MIXED_SCRIPT.sub(lambda match: match.group().translate(LOOKALIKES), content)


def closed(text: str) -> str:
    """Return a normal text with the gaps in words spelled out letter by letter closed."""
    return SPELLED_OUT.sub(lambda match: re.sub(r"[^a-z]", "", match.group()), text)


def cut(text: str, size: int) -> tuple[str, ...]:
    """Cut a text into pieces that end at a space where they can; an empty text is one empty piece."""
    if len(text) <= size:
        return (text,)
    pieces = [*_cut(text, size)]
    if len(pieces) > MOST_PIECES:
        pieces = pieces[: MOST_PIECES // 2] + pieces[-MOST_PIECES // 2 :]
    return tuple(pieces)


def _cut(text: str, size: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = at + size
        space = text.rfind(" ", at + size // 2, end) if end < len(text) else -1
        end = end if space < 0 else space
        yield text[at:end]
        at = end


def decoded(content: str) -> Iterator[str]:
    """Yield what base64 hides in a text, where it is text."""
    for match in [*ENCODED.finditer(content)][:MOST_ENCODED]:
        try:
            raw = base64.b64decode(match.group() + "=" * (-len(match.group()) % 4))
        except binascii.Error:
            continue
        printed = sum(32 <= byte < 127 for byte in raw)
        if raw and printed / len(raw) >= PRINTED and b" " in raw:
            yield raw.decode("ascii", "replace")


def as_scores(logits: NDArray[np.float64]) -> list[list[list[int]]]:
    """Return tables of logits as such of likelihoods in ten-thousandths."""
    likelihoods: list[list[list[int]]] = np.rint(FULL / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(int).tolist()
    return likelihoods
