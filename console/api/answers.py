"""From the bytes of a genuine request to its answer, one function a form: a single event, a batch, lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from console.api.bodies import TooLarge, Unreadable, lines, whole
from console.api.errors import problem
from console.api.outages import AWAY, OUTAGES, note
from console.api.outages import CODE as NO_DATABASE
from conversations.adapters.cloudevents import Invalid, split_batch
from conversations.adapters.outline import has_more_items
from conversations.adapters.shapes import SHAPES, Origin, split
from conversations.refusals import count_refusal
from moderation.actions.answers import Answer, Keyed, KeyReused, answer_once
from moderation.actions.batches import CHUNK, CHUNK_BYTES, NOT_KEPT, TOO_LARGE, Result, accept_batch, accept_fitting, refuse_batch
from moderation.actions.gathering import answer_among_others
from moderation.actions.transcripts import accept_transcripts
from moderation.audit.followed import KeysBehind
from moderation.audit.keys import KeyUnusable

LINES = "application/x-ndjson"
FEW = 50
"""So many transcripts are held in memory at a time: each may become many events."""
REPLAYED = {"Idempotent-Replayed": "true"}
STATUS = {
    "malformed": 400,
    "forbidden-source": 403,
    "conflict": 409,
    "already-ended": 409,
    "already-sampled": 409,
    "contradiction": 409,
    "erased": 410,
    "no-end": 422,
    "no-time": 422,
    "too-deep": 422,
}
NO_KEYS = "keys-missing", "The keys of the log in force are not on this machine, so no receipt can be signed. Nothing of it was stored."
STOPS: dict[type[Exception], tuple[str, str]] = {
    Unreadable: ("malformed", "The rest is not what its Content-Encoding says."),
    KeyReused: ("key-reused", "Another body was sent under this key meanwhile."),
    **dict.fromkeys((KeyUnusable, KeysBehind), NO_KEYS),
    **dict.fromkeys(OUTAGES, (NO_DATABASE, AWAY)),
}
"""Why a stream ends before its end, once its answer has begun; TooLarge says itself."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came through the door: under which key, how its sender was known, and its body, unpacked while it is read.

    With a `shape` its body holds transcripts and no events.
    """

    keyed: Keyed
    auth: str
    pieces: Iterator[bytes]
    origin: Origin
    shape: str = ""

    def take(self, raws: Sequence[bytes], *, part: int = 0) -> Answer:
        """Take events or transcripts, once; raises InFlight or KeyReused."""
        return self._counted(answer_once(self.keyed, partial(self._accept, raws), part=part))

    def take_one(self, raw: bytes) -> Answer:
        """Take one event, together with others that come just now; raises InFlight or KeyReused."""
        return self._counted(answer_among_others(self.keyed, raw, auth=self.auth))

    def keep(self, body: bytes, why: Invalid) -> Answer:
        """Put a body in which no events can be told apart into quarantine, once; raises InFlight or KeyReused."""
        return self._counted(answer_once(self.keyed, lambda: [refuse_batch(body, self.keyed.surface, why, auth=self.auth)]))

    def stopped(self, code: str) -> None:
        """Count that what was left of it was refused, where a database is there to count in."""
        if code != NO_DATABASE:
            count_refusal(self.keyed.surface.pk, code)

    def _counted(self, answer: Answer) -> Answer:
        """Count the events of a new answer that are in no quarantine either: of an erased person, or too long."""
        told = () if answer.replayed else (one.code for result in answer.results for one in (result, *result.events))
        for code, events in Counter(code for code in told if code in NOT_KEPT).items():
            count_refusal(self.keyed.surface.pk, code, events)
        return answer

    def _accept(self, raws: Sequence[bytes]) -> list[Result]:
        if self.shape and SHAPES[self.shape].whole_file:
            return self._take(raws)
        return accept_fitting(raws, self._take, self.keyed.surface, noun="transcript" if self.shape else "event", auth=self.auth)

    def _take(self, raws: Sequence[bytes]) -> list[Result]:
        if self.shape:
            return accept_transcripts(raws, self.keyed.surface, shape=self.shape, origin=self.origin, auth=self.auth)
        return accept_batch(raws, self.keyed.surface, auth=self.auth)


Form = Callable[[Sent], HttpResponseBase]


def single(sent: Sent) -> HttpResponse:
    """Answer one event with its receipt, or with its problem."""
    return _alone(sent.take_one(whole(sent.pieces, settings.EVENT_MAX_UNPACKED)))


def _alone(answer: Answer) -> HttpResponse:
    """Answer with what became of one thing."""
    [result] = answer.results
    headers = REPLAYED if answer.replayed or result.status == "duplicate" else {}
    if result.code:
        return problem(STATUS.get(result.code, 422), result.code, result.detail, field=result.field, headers=headers)
    return JsonResponse(_receipt(result), status=202, headers=headers)


def batch(sent: Sent) -> HttpResponse:
    """Answer an array of events with one result each; a body that is none goes to quarantine as it is."""
    body = _not_too_many(whole(sent.pieces, settings.EVENT_MAX_UNPACKED * 8))
    try:
        raws = split_batch(body)
    except Invalid as error:
        return _alone(sent.keep(body, error))
    return _together(sent, raws)


def transcripts(sent: Sent) -> HttpResponse:
    """Answer a JSON body of transcripts, or one session log in lines, with one result each."""
    body = whole(sent.pieces, settings.EVENT_MAX_UNPACKED * 8)
    return _together(sent, split(sent.shape, body if SHAPES[sent.shape].whole_file else _not_too_many(body)))


def _not_too_many(body: bytes) -> bytes:
    """Return an array that may be decoded; raises TooLarge for more items than a batch may have."""
    if has_more_items(body, settings.EVENT_MAX_BATCH):
        raise TooLarge(f"An array may have {settings.EVENT_MAX_BATCH} items at most.")
    return body


def _together(sent: Sent, raws: Sequence[bytes]) -> HttpResponse:
    answer = sent.take(raws)
    shown = [_shown(index, result) for index, result in enumerate(answer.results)]
    return JsonResponse({"results": shown}, headers=REPLAYED if answer.replayed else {})


def stream(sent: Sent) -> StreamingHttpResponse:
    """Answer lines of events with lines of results, part by part; the first part is taken before the answer begins."""
    parts = _parts(sent)
    first, replayed = next(parts)
    return StreamingHttpResponse(_told(first, parts), content_type=LINES, headers=REPLAYED if replayed else {})


def _told(first: bytes, parts: Iterator[tuple[bytes, bool]]) -> Iterator[bytes]:
    """Yield the text of every part; a generator, so that closing the response lets go of the body's file."""
    yield first
    for text, _ in parts:
        yield text


def _parts(sent: Sent) -> Iterator[tuple[bytes, bool]]:
    """Yield the answers to each chunk of lines, and whether it is that of an earlier time; what cannot be read on ends with a problem."""
    rows, index = _Rows(lines(sent.pieces), FEW if sent.shape else CHUNK), 0
    for part, raws in enumerate(rows):
        try:
            answer = sent.take(raws, part=part)
        except (KeyReused, KeyUnusable, *OUTAGES) as error:
            if part == 0:
                raise
            if isinstance(error, OUTAGES):
                note(error)
            rows.stop = STOPS[type(error)]
            break
        yield _encode(answer.results, index), answer.replayed
        index += len(raws)
    if rows.stop:
        sent.stopped(rows.stop[0])
        yield _end(index, *rows.stop), False


class _Rows:
    """Lines in chunks, at least one; ends early where the body cannot be read on, and then says why."""

    def __init__(self, rows: Iterable[bytes], size: int) -> None:
        self.rows, self.size = iter(rows), size
        self.stop: tuple[str, str] | None = None

    def __iter__(self) -> Iterator[list[bytes]]:
        first = True
        while (chunk := self._chunk()) or first:
            yield chunk
            first = False
            if self.stop:
                return

    def _chunk(self) -> list[bytes]:
        chunk: list[bytes] = []
        room = CHUNK_BYTES
        try:
            for row in self.rows:
                chunk.append(row)
                room -= len(row)
                if len(chunk) == self.size or room <= 0:
                    break
        except Unreadable:
            self.stop = STOPS[Unreadable]
        except TooLarge as error:
            self.stop = TOO_LARGE, f"{error}"
        return chunk


def _encode(results: Iterable[Result], first: int) -> bytes:
    return b"".join(msgspec.json.encode(_shown(index, result)) + b"\n" for index, result in enumerate(results, first))


def _end(index: int, code: str, detail: str) -> bytes:
    return msgspec.json.encode({"index": index, "status": "stopped", "problem": code, "detail": detail}) + b"\n"


def _shown(index: int, result: Result) -> dict[str, object]:
    """Return one event's result: its receipt, or what was wrong with which field; of a transcript the results of its events."""
    if result.code:
        return {"index": index, "status": result.status, "problem": result.code, "field": result.field, "detail": result.detail}
    if result.events:
        events = [_shown(place, one) for place, one in enumerate(result.events)]
        return {"index": index, "status": result.status, "events": events, "unknown": result.unknown}
    return {"index": index, "status": result.status, "receipt": _receipt(result)}


def _receipt(result: Result) -> dict[str, object]:
    """Return the receipt in one order, so that an answer is the same to the byte when it comes from the database."""
    return dict(sorted(result.receipt.items()))
