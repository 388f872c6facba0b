"""For who holds a receipt: the proof that its entry is in the log, and for the sender the salt that opens its commitment."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from console.api.bodies import NoLength, TooLarge, Unreadable
from console.api.errors import problem
from console.api.outages import tells_outages
from console.api.senders import genuine, key_of, signed_by, stranger, turned_away
from console.api.signatures import BadSignature
from conversations import vault
from moderation.actions.receipts import find_entry, open_salt
from moderation.audit.proofs import prove

UNKNOWN = "No receipt names such an entry."


@login_not_required
@tells_outages
def proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the proof of inclusion for the entry of a receipt; its id, of 62 random bits, is all one needs to know."""
    if request.method not in {"GET", "HEAD"}:
        return problem(405, "method-not-allowed", "Read a proof with GET.", headers={"Allow": "GET, HEAD"})
    entry = find_entry(entry_id)
    if entry is None:
        return problem(404, "not-found", UNKNOWN)
    proven = prove(entry)
    if proven is None:
        return pending(entry.created_at + timedelta(seconds=settings.MERGE_DELAY_SECONDS))
    return HttpResponse(proven.text(), content_type="text/plain; charset=utf-8", headers={"Cache-Control": "private, max-age=60"})


def pending(due: datetime) -> HttpResponse:
    """Return when the entry will be provable, or that a promise was broken."""
    left = ceil((due - timezone.now()).total_seconds())
    moment = due.isoformat(timespec="seconds")
    if left > 0:
        return problem(409, "pending", f"The entry will be under a signed checkpoint by {moment}.", headers={"Retry-After": str(left)})
    detail = f"The entry was promised to be under a signed checkpoint by {moment} and is not. Keep the receipt: it proves the promise."
    return problem(409, "overdue", detail, headers={"Retry-After": str(settings.MERGE_DELAY_SECONDS)})


@sensitive_variables("opened")
@csrf_exempt
@login_not_required
@tells_outages
def salt(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Hand the salt to the surface that sent the event, signed like an event, with an empty body."""
    if request.method != "GET":
        return problem(405, "method-not-allowed", "Read a salt with GET.", headers={"Allow": "GET"})
    key = key_of(request)
    if key is None:
        return stranger()
    try:
        genuine(request, key, signed_by(request), limit=0).file.close()
    except (BadSignature, NoLength, TooLarge, Unreadable) as error:
        return turned_away(error)
    try:
        opened = open_salt(entry_id, key.surface)
    except vault.Erased:
        return problem(410, "erased", "Whom this event is about was erased, and the salt with them.")
    if opened is None:
        return problem(404, "not-found", UNKNOWN)
    answer = {"entry_id": str(entry_id), "commit": opened.commitment.hex(), "salt": opened.salt.hex()}
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})
