"""The log as the world reads it: checkpoint, tiles, entry bundles, proofs (c2sp.org/tlog-tiles, c2sp.org/tlog-proof).

Checkpoint and tiles of hashes are public: they say how much was recorded, not what. Entry bundles and proofs of single entries are for
those who may see the audit log. Addresses end without a slash, as the specification has them. Tiles may be kept for ever, so an address is
of one log for good: those without a number of the first, those below `/log/2/` of the second, as the names of the logs say.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from console.api.errors import problem
from console.api.receipts import pending
from console.roles import Can, allows, holds, person
from moderation.audit import origins, published, tiles
from moderation.audit.proofs import prove
from moderation.models import AuditEntry

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
FRESH = "public, max-age=5"
FOR_EVER = "max-age=31536000, immutable"
WHOLE = "Bundles hold whole entries. Who labels would learn from them what happened in what is still to be read."


@login_not_required
def checkpoint(request: HttpRequest, log: int = 1) -> HttpResponse:
    """Answer the newest checkpoint with its cosignatures; 404 before the first."""
    if refusal := _only_read(request):
        return refusal
    with _asked(log):
        head = published.head()
    if head is None:
        raise Http404
    return _open(HttpResponse(head.note, content_type=TEXT), FRESH)


@login_not_required
def tile(request: HttpRequest, path: str, log: int = 1) -> HttpResponse:
    """Answer a tile of hashes, full or partial; 404 where the signed tree has no such tile."""
    if refusal := _only_read(request):
        return refusal
    if path.startswith("entries/"):
        raise Http404
    return _open(HttpResponse(_read(path, log), content_type=BYTES), f"public, {FOR_EVER}")


@login_not_required
@allows(Can.SEE_AUDIT)
def entries(request: HttpRequest, path: str, log: int = 1) -> HttpResponse:
    """Answer an entry bundle; 409 to who labels, since it holds whole entries, 404 where the signed tree has no such bundle."""
    refusal = _only_read(request)
    if refusal is None and Can.LABEL in holds(person(request)):
        refusal = problem(409, "conflict", WHOLE)
    return refusal or HttpResponse(_read(f"entries/{path}", log), content_type=BYTES, headers={"Cache-Control": f"private, {FOR_EVER}"})


@login_not_required
@allows(Can.SEE_AUDIT)
def proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Answer the proof that an entry is in the log; 404 for an unknown one, 409 while it waits for its checkpoint."""
    if refusal := _only_read(request):
        return refusal
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    found = prove(entry)
    if found is None:
        return pending(entry.created_at + timedelta(seconds=settings.MERGE_DELAY_SECONDS))
    return HttpResponse(found.text(), content_type=TEXT)


def _only_read(request: HttpRequest) -> HttpResponse | None:
    if request.method in {"GET", "HEAD"}:
        return None
    return problem(405, "method-not-allowed", "The log is read with GET.", headers={"Allow": "GET, HEAD"})


def _asked(log: int) -> AbstractContextManager[origins.Origin]:
    """Read a log by its number; raises Http404 where there is none."""
    if not 1 <= log <= origins.newest().number:
        raise Http404
    return origins.at(log)


def _read(path: str, log: int) -> bytes:
    """Return the bytes of a tile; raises Http404."""
    with _asked(log):
        head = published.head()
        try:
            content = published.read_tile(tiles.parse_path(path), head.size) if head else None
        except tiles.TileError as error:
            raise Http404 from error
    if content is None:
        raise Http404
    return content


def _open(response: HttpResponse, caching: str) -> HttpResponse:
    response["Cache-Control"] = caching
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
