"""The audit log: entries, one entry, and verification."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.filters import AuditFilter
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from conversations.models import Surface
from moderation.actions.verifications import request_verification
from moderation.audit.events import Event
from moderation.audit.witness import standing
from moderation.models import AuditCheckpoint, AuditEntry, User, Verification


@require_safe
@allows(Can.SEE_AUDIT)
def entries(request: HttpRequest) -> HttpResponse:
    """List what was done, newest first, with the signed head of the log above."""
    checkpoint = AuditCheckpoint.objects.latest_signed()
    extra = {
        "checkpoint": checkpoint,
        "root": checkpoint.root() if checkpoint else None,
        "witnesses": standing(),
        "pending": AuditEntry.objects.pending().count(),
        "verified": AuditEntry.objects.naming(Event.LOG_VERIFIED, Event.LOG_VERIFICATION_FAILED).newest().first(),
        "may_verify": Can.VERIFY_LOG in allowed(person(request)),
        "people": _names(),
    }
    return list_page(request, AuditEntry.objects.all(), template="audit/list.html", order=("-id",), filterset=AuditFilter, extra=extra)


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
    checkpoint = AuditCheckpoint.objects.filter(size__gt=index).order_by("size").first()
    context = {
        "entry": found,
        "said": found.entry,
        "body": json.dumps(found.entry, indent=2, sort_keys=True),
        "canonical": bytes(found.body).decode("utf-8", "backslashreplace"),
        "hash": bytes(found.leaf_hash).hex(),
        "checkpoint": checkpoint,
        "before": index - 1 if index else None,
        "after": index + 1 if AuditEntry.objects.filter(leaf_index=index + 1).exists() else None,
        "people": _names(),
    }
    return render(request, "audit/detail.html", context)


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
    template = "audit/_verification.html" if getattr(request, "htmx", False) else "audit/verification.html"
    return render(request, template, {"one": found, "may_verify": Can.VERIFY_LOG in allowed(person(request))})
