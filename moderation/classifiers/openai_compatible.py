"""Hosted judges behind any OpenAI-compatible endpoint, through the official SDK (`requirements-judges.txt`): chat and moderation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import msgspec
import openai
from django.conf import settings

from conversations.tree import Role, Turn
from moderation.classifiers.base import FULL, Call, Measured, TurnMeasures, unmeasured
from moderation.classifiers.hosted import MAX_TOKENS, SCHEMA, CallFailed, Prompt
from moderation.classifiers.hosted_chat import RETRIES, ChatJudge, Told, checked
from moderation.states import USER_MEASURES, Act, Category

SEED = 11
"""Asks for the same answer to the same question, where the endpoint can."""

CATEGORIES: Mapping[str, str] = {
    "sexual": Category.SEXUAL,
    "sexual/minors": Category.SEXUAL_MINORS,
    "violence": Category.VIOLENCE,
    "violence/graphic": Category.VIOLENCE,
    "hate": Category.HATE,
    "hate/threatening": Category.HATE,
    "harassment": Category.HARASSMENT,
    "harassment/threatening": Category.HARASSMENT,
    "self-harm/instructions": Category.SELF_HARM,
    "self-harm": Act.CRISIS_SELF,
    "self-harm/intent": Act.CRISIS_SELF,
    "illicit": Category.CRIME_OTHER,
    "illicit/violent": Category.CRIME_OTHER,
}
"""Our measure of each category of the moderation endpoint; of the others it can say nothing."""


@lru_cache(maxsize=4)
def _client(url: str, key: str, timeout: float) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, timeout=timeout, max_retries=RETRIES)


def client() -> openai.OpenAI:
    """Return the client of the endpoint in the settings."""
    return _client(settings.JUDGE_OPENAI_URL, settings.JUDGE_OPENAI_KEY, settings.JUDGE_TIMEOUT_SECONDS)


def _failure(error: Exception) -> CallFailed:
    """Return what an error of the SDK means; whatever it could not read is malformed."""
    match error:
        case openai.APITimeoutError():
            return CallFailed("timeout")
        case openai.RateLimitError():
            return CallFailed("rate_limited")
        case openai.APIStatusError():
            return CallFailed(f"status_{error.status_code}")
        case openai.APIConnectionError():
            return CallFailed("unreachable")
        case _:
            return CallFailed("malformed")


Count = Annotated[int, msgspec.Meta(ge=0)]


class _Usage(msgspec.Struct):
    prompt_tokens: Count = 0
    completion_tokens: Count = 0


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Chat(msgspec.Struct):
    """What is read of a chat completion; endpoints differ in everything else."""

    model: str
    choices: list[_Choice]
    usage: _Usage


class _Result(msgspec.Struct):
    category_scores: dict[str, float | None]


class _Moderation(msgspec.Struct):
    model: str
    results: list[_Result]


class OpenAIChat(ChatJudge):
    """Asks one model of a chat endpoint."""

    name = "openai"
    parameters = {"max_completion_tokens": MAX_TOKENS, "seed": SEED}

    def __init__(self) -> None:
        super().__init__(settings.JUDGE_OPENAI_MODEL, settings.JUDGE_OPENAI_KEY)

    def ask(self, asked: Prompt) -> Told:
        """Put one question; raises CallFailed."""
        try:
            response = client().chat.completions.with_raw_response.create(
                model=self.model,
                messages=[{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
                response_format={"type": "json_schema", "json_schema": {"name": "measures", "strict": True, "schema": SCHEMA}},
                max_completion_tokens=MAX_TOKENS,
                seed=SEED,
            )
            body = response.http_response.content
        except (openai.OpenAIError, ValueError) as error:
            raise _failure(error) from error
        chat: _Chat = checked(body, _Chat)
        if not chat.choices:
            raise CallFailed("malformed", raw=body)
        first = chat.choices[0]
        return Told(chat.model, first.message.content or "", chat.usage.prompt_tokens, chat.usage.completion_tokens, first.finish_reason)


class OpenAIModeration:
    """Asks a moderation endpoint about each user turn by itself; it knows no acts of the assistant and gives no assessment."""

    name = "openai_moderation"

    def __init__(self) -> None:
        self.model, self.key = settings.JUDGE_MODERATION_MODEL, settings.JUDGE_OPENAI_KEY
        self.artifact = hashlib.sha256(f"{self.model}|{sorted(CATEGORIES.items())}".encode()).hexdigest()
        self.version = f"{self.model[:31]}+{self.artifact[:8]}"

    def worst_cost(self, turns: Sequence[Turn]) -> int:
        """Return 0: these endpoints are free of charge."""
        return 0

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Ask about the user's turns in one call; raises CallFailed."""
        asked = [turn for turn in turns if turn.role is Role.USER and turn.content]
        if not asked:
            return Measured(tuple(unmeasured(turn) for turn in turns), self._call("", b""))
        try:
            response = client().moderations.with_raw_response.create(model=self.model, input=[turn.content for turn in asked])
            body = response.http_response.content
        except (openai.OpenAIError, ValueError) as error:
            raise _failure(error) from error
        told: _Moderation = checked(body, _Moderation)
        if len(told.results) != len(asked):
            raise CallFailed("wrong_schema", raw=body)
        by_turn = {turn.index: _scores(result) for turn, result in zip(asked, told.results, strict=True)}
        measured = tuple(_measured(turn, by_turn[turn.index]) if turn.index in by_turn else unmeasured(turn) for turn in turns)
        return Measured(measured, self._call(told.model, body))

    def _call(self, model: str, raw: bytes) -> Call:
        return Call(model=model or self.model, prompt=self.artifact, parameters={}, raw=raw)


def _scores(result: _Result) -> dict[str, int]:
    scores: dict[str, int] = {}
    for name, share in result.category_scores.items():
        if share is not None and not 0 <= share <= 1:
            raise CallFailed("wrong_schema")
        if name in CATEGORIES and share is not None:
            measure = str(CATEGORIES[name])
            scores[measure] = max(scores.get(measure, 0), round(share * FULL))
    return scores


def _measured(turn: Turn, scores: Mapping[str, int]) -> TurnMeasures:
    """Return what was scored of a turn; a measure the endpoint does not know, or left out this time, is unknown."""
    return TurnMeasures(turn.index, turn.role, scores, unknown=USER_MEASURES - scores.keys())
