"""A hosted judge behind the Anthropic Messages API, through its official SDK (`requirements-judges.txt`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import anthropic
import msgspec
from django.conf import settings

from moderation.classifiers.hosted import MAX_TOKENS, SCHEMA, CallFailed, Prompt
from moderation.classifiers.hosted_chat import RETRIES, ChatJudge, Told, checked

Count = Annotated[int, msgspec.Meta(ge=0)]


class _Usage(msgspec.Struct):
    input_tokens: Count
    output_tokens: Count


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _Message(msgspec.Struct):
    """What is read of a message."""

    model: str
    content: list[_Block]
    usage: _Usage
    stop_reason: str | None = None


@lru_cache(maxsize=4)
def _client(url: str, key: str, timeout: float) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key=key, timeout=timeout, max_retries=RETRIES)


class AnthropicMessages(ChatJudge):
    """Asks one model of the Messages API."""

    name = "anthropic"
    parameters = {"max_tokens": MAX_TOKENS}

    def __init__(self) -> None:
        super().__init__(settings.JUDGE_ANTHROPIC_MODEL, settings.JUDGE_ANTHROPIC_KEY)

    def ask(self, asked: Prompt) -> Told:
        """Put one question; raises CallFailed."""
        client = _client(settings.JUDGE_ANTHROPIC_URL, self.key, settings.JUDGE_TIMEOUT_SECONDS)
        try:
            response = client.messages.with_raw_response.create(
                model=self.model,
                max_tokens=MAX_TOKENS,
                system=asked.system,
                messages=[{"role": "user", "content": asked.user}],
                output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
            )
            body = response.http_response.content
        except (anthropic.AnthropicError, ValueError) as error:
            raise _failure(error) from error
        message: _Message = checked(body, _Message)
        text = "".join(block.text for block in message.content if block.type == "text")
        return Told(message.model, text, message.usage.input_tokens, message.usage.output_tokens, message.stop_reason)


def _failure(error: Exception) -> CallFailed:
    """Return what an error of the SDK means; whatever it could not read is malformed."""
    match error:
        case anthropic.APITimeoutError():
            return CallFailed("timeout")
        case anthropic.RateLimitError():
            return CallFailed("rate_limited")
        case anthropic.APIStatusError():
            return CallFailed(f"status_{error.status_code}")
        case anthropic.APIConnectionError():
            return CallFailed("unreachable")
        case _:
            return CallFailed("malformed")
