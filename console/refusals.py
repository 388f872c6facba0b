"""Why a surface was refused, in words: what its sender can do about each problem, for page and API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations import pulse

ADVICE: Mapping[str, str] = {
    "unknown-key": "Send the API key of this surface that is valid now: the one sent is revoked, or was never made here.",
    "bad-signature": "Sign the bytes that are sent with the secret of this very key, and set the clock by the network.",
    "bad-idempotency-key": "Name each request with 1 to 200 printable ASCII characters.",
    "method-not-allowed": "Send events with POST.",
    "cut-off": "Send the body again, whole; look for a proxy that closes connections early.",
    "length-required": "Send the Content-Length of each body.",
    "malformed": "Send well-formed JSON, packed as Content-Encoding says.",
    "too-large": "Send smaller events, or many of them as lines.",
    "too-deep": "Nest arrays and objects less deep, or send what is nested as text.",
    "unsupported-media-type": "Send one of the content types that the API reference names.",
    "unsupported-encoding": "Pack with gzip or zstd, or not at all.",
    "invalid": "Mend the field or parameter that the answer names.",
    "key-reused": "Give each body an Idempotency-Key or webhook-id of its own.",
    "in-flight": "Wait as long as Retry-After says before the same request is sent again.",
    "too-many": "Put more events into a request, or ask for a higher rate for this key.",
    "busy": "Try again after Retry-After; whoever runs Recourse has to give it more workers.",
    "away": "Try again after Retry-After; whoever runs Recourse has to bring its database back.",
    "not-set-up": "Try again after Retry-After; whoever runs Recourse has to run manage.py setup.",
    "keys-missing": "Try again after Retry-After; whoever runs Recourse has to copy the keys of the log in force to every machine.",
    "erased": "Send nothing more about this person: they were erased.",
    "conflict": "Give each event an id of its own, and never change what was sent under one.",
    "forbidden-source": "Send the source that this key belongs to.",
    "already-ended": "Send the end of a branch once.",
    "already-sampled": "Send a branch as a sample once.",
    "contradiction": "Send one user for a conversation, always the same.",
    "no-end": "Send transcripts in which the model ends the conversation, or give the sampling_rate.",
    "no-time": "Give the time of a transcript that has none, as at.",
}
"""By problem, one sentence each."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One reason for which something was refused in a week, how often, when last, whether it is kept, and what to do about it."""

    problem: str
    kept: bool
    count: int
    last_seen: datetime
    advice: str


def in_words(reasons: Sequence[pulse.Reason]) -> list[Refused]:
    """Return reasons with what their sender can do."""
    return [Refused(one.problem, one.kept, one.count, one.last, ADVICE.get(one.problem, "")) for one in reasons]
