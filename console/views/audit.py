"""The audit log: entries, one entry, and verification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.audit_brush import Brush, brush
from console.blinding import plain, withheld
from console.export_forms import RangeForm
from console.log_filters import AuditFilter
from console.roles import Can, allowed, allows, holds, person
from console.views.lists import list_page
from conversations.models import Surface
from moderation.actions.verifications import request_verification
from moderation.audit import origins, succession
from moderation.audit.events import Event
from moderation.audit.witness import standing
from moderation.exports import verify_bundle
from moderation.models import AuditCheckpoint, AuditEntry, User, Verification

NEVER_ALIKE = frozenset({"id", "nonce", "v"})
"""What two entries never or always share, and nobody looks for."""


@require_safe
@allows(Can.SEE_AUDIT)
def entries(request: HttpRequest) -> HttpResponse:
    """List what was done, newest first, with the signed head of the log above."""
    checkpoint = AuditCheckpoint.objects.latest_signed()
    extra = {
        "checkpoint": checkpoint,
        "root": checkpoint.root() if checkpoint else None,
        "witnesses": standing(),
        "succession": succession.read(origins.newest()),
        "pending": AuditEntry.objects.pending().count(),
        "verified": _last_verified(),
        "brush": _brush(request),
        "tab": "entries",
        "may_verify": Can.VERIFY_LOG in allowed(person(request)),
        "people": _names(),
        "blind": Can.LABEL in holds(person(request)),
    }
    return list_page(
        request,
        AuditEntry.objects.all(),
        template="audit/list.html",
        order=("-id",),
        filterset=AuditFilter,
        extra=extra,
        about=lambda rows: {"withheld": withheld(person(request), rows)},
        keys_first=True,
    )


def _brush(request: HttpRequest) -> Brush | None:
    """Return the bars over time of what is listed."""
    filtered = AuditFilter(request.GET, queryset=AuditEntry.objects.all(), request=request)
    chosen = {name for name, value in filtered.form.cleaned_data.items() if value} if filtered.form.is_valid() else set()
    return brush(filtered.qs, request.GET, whole=chosen <= {"since", "until"})


def _last_verified() -> AuditEntry | None:
    """Return the entry of the last verification; one lookup for each of its ends, since no index serves both in one."""
    ends = [AuditEntry.objects.naming(end).newest().first() for end in (Event.LOG_VERIFIED, Event.LOG_VERIFICATION_FAILED)]
    return max((one for one in ends if one), key=lambda one: one.id, default=None)


def _names() -> dict[str, str]:
    """Return the pseudonym of each person and the name of each surface, by the id the log knows."""
    people = User.objects.values_list("audit_id", "pseudonym")
    return {str(identity): name for identity, name in [*people, *Surface.objects.values_list("id", "name")]}


@require_safe
@allows(Can.SEE_AUDIT)
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """Show one entry as it was recorded, with its place in the tree."""
    found = AuditEntry.objects.filter(leaf_index=index).first()
    if found is None:
        raise Http404
    with origins.at(origins.of_place(index).number):
        checkpoint = AuditCheckpoint.objects.of_log().filter(size__gt=index).order_by("size").first()
    hidden = bool(withheld(person(request), [found]))
    said = plain(found.entry) if hidden else found.entry
    context = {
        "entry": found,
        "said": said,
        "hidden": hidden,
        "body": json.dumps(said, indent=2, sort_keys=True),
        "canonical": "" if hidden else bytes(found.body).decode("utf-8", "backslashreplace"),
        "hash": bytes(found.leaf_hash).hex(),
        "checkpoint": checkpoint,
        "changes": None if hidden else _changes(found),
        "before": index - 1 if found.index else None,
        "after": index + 1 if AuditEntry.objects.filter(leaf_index=index + 1).exists() else None,
        "people": _names(),
    }
    return render(request, "audit/detail.html", context)


def _changes(entry: AuditEntry) -> dict[str, Any] | None:
    """Return how an entry differs from the one before it about the same object, name by name; None for the first."""
    earlier = AuditEntry.objects.about(entry.target_type, entry.target_id).filter(id__lt=entry.id).newest().first()
    if earlier is None:
        return None
    then, now = _flat(earlier.entry), _flat(entry.entry)
    names = [*now, *(name for name in then if name not in now)]
    return {"earlier": earlier, "rows": [(name, then.get(name, ""), now.get(name, "")) for name in names if name not in NEVER_ALIKE]}


def _flat(said: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a recorded object as one level of names."""
    found: dict[str, str] = {}
    for name, value in said.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": str(value)}
    return found


@require_POST
@allows(Can.VERIFY_LOG)
def verify(request: HttpRequest) -> HttpResponse:
    """Ask a worker to re-hash every entry, rebuild the tree and check every checkpoint; its page can be left and found again."""
    return redirect("verification", request_verification(actor=person(request)).public_id)


@require_safe
@allows(Can.SEE_AUDIT)
def verification(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far a verification is, then its statement; htmx asks again while it runs."""
    found = Verification.objects.select_related("requested_by").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    template, may = "audit/_verification.html" if getattr(request, "htmx", False) else "audit/verification.html", allowed(person(request))
    context = {"one": found, "may_verify": Can.VERIFY_LOG in may, "may_request": Can.REQUEST_EXPORTS in may}
    if found.entries:
        context["range"] = RangeForm(initial={"first": 0, "last": found.entries - 1})
    return render(request, template, context)


@require_safe
@allows(Can.SEE_AUDIT)
def verifier(request: HttpRequest) -> HttpResponse:
    """Hand out the program that verifies a bundle without us; each bundle holds it too."""
    named = {"Content-Disposition": 'attachment; filename="verify_bundle.py"'}
    return HttpResponse(Path(verify_bundle.__file__).read_bytes(), content_type="text/x-python; charset=utf-8", headers=named)
