"""A hosted language model as a judge: one question, one answer, whoever the vendor is."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from django.conf import settings

from conversations.tree import Turn
from moderation.classifiers.base import Call, Measured
from moderation.classifiers.hosted import MAX_TOKENS, PROMPT, CallFailed, Price, Prompt, measures_of, most_tokens, prompt, read_answer

RETRIES = 1
"""Within a call the SDK tries once more, after a jittered wait or the one the server asks for; beyond that the work table does."""
STOPPED = {"max_tokens": "max_tokens", "length": "max_tokens", "refusal": "refusal", "content_filter": "refusal"}
"""Ends of an answer that make it none."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor's model said, and what that used."""

    model: str
    text: str
    tokens_in: int
    tokens_out: int
    stop: str | None


class ChatJudge(ABC):
    """A language model behind a vendor's SDK; a subclass names it and asks. Settings are read when it is made."""

    name: ClassVar[str]
    parameters: ClassVar[Mapping[str, str | int]]

    def __init__(self, model: str, key: str) -> None:
        self.model, self.key = model, key
        self.price = Price(settings.JUDGE_PRICE_IN, settings.JUDGE_PRICE_OUT)
        self.artifact = hashlib.sha256(f"{PROMPT}|{model}|{sorted(self.parameters.items())}".encode()).hexdigest()
        self.version = f"{model[:31]}+{self.artifact[:8]}"

    @abstractmethod
    def ask(self, asked: Prompt) -> Told:
        """Put one question; raises CallFailed."""

    def worst_cost(self, turns: Sequence[Turn]) -> int:
        """Return more than a question about this transcript can cost, all tries together, in millionths of a US dollar."""
        return self.price.cost(most_tokens(turns), MAX_TOKENS) * (1 + RETRIES)

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Ask, and keep what of the answer can be believed; raises CallFailed."""
        told = self.ask(prompt(turns))
        raw, cost = told.text.encode(), self.price.cost(told.tokens_in, told.tokens_out)
        if told.stop in STOPPED:
            raise CallFailed(STOPPED[told.stop], raw=raw, cost=cost)
        try:
            answer = read_answer(raw)
        except CallFailed as error:
            raise CallFailed(error.code, raw=raw, cost=cost) from error
        measured, dropped = measures_of(answer, turns)
        return Measured(measured, self._call(told, raw, cost, answer.assessment, dropped))

    def _call(self, told: Told, raw: bytes, cost: int, assessment: str, dropped: int) -> Call:
        return Call(
            model=told.model,
            prompt=PROMPT,
            parameters=self.parameters,
            raw=raw,
            tokens_in=told.tokens_in,
            tokens_out=told.tokens_out,
            cost=cost,
            assessment=assessment,
            dropped=dropped,
        )


def checked(body: bytes, kind: type[Any]) -> Any:  # noqa: ANN401  # of the kind that is named
    """Return a vendor's answer in the shape that is read of it, since the SDKs build their objects unchecked; raises CallFailed."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CallFailed("malformed", raw=body) from error
