"""The audit log: entries, one entry, and verification."""

from __future__ import annotations

import json

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.filters import AuditFilter
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.audit.verify import verify_log
from moderation.models import AuditCheckpoint, AuditEntry, User


@require_safe
@allows(Can.SEE_AUDIT)
def entries(request: HttpRequest) -> HttpResponse:
    """List what was done, newest first, with the signed head of the log above."""
    extra = {
        "checkpoint": AuditCheckpoint.objects.latest_signed(),
        "pending": AuditEntry.objects.pending().count(),
        "verified": AuditEntry.objects.naming(Event.LOG_VERIFIED, Event.LOG_VERIFICATION_FAILED).newest().first(),
        "may_verify": Can.VERIFY_LOG in allowed(person(request)),
        "people": _names(),
    }
    return list_page(request, AuditEntry.objects.all(), template="audit/list.html", order=("-id",), filterset=AuditFilter, extra=extra)


def _names() -> dict[str, str]:
    """Return the pseudonym of each person by the id the log knows."""
    return {str(audit_id): name for audit_id, name in User.objects.values_list("audit_id", "pseudonym")}


@require_safe
@allows(Can.SEE_AUDIT)
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """Show one entry as it was recorded, with its place in the tree."""
    found = AuditEntry.objects.filter(leaf_index=index).first()
    if found is None:
        raise Http404
    context = {
        "entry": found,
        "body": json.dumps(found.entry, indent=2, sort_keys=True),
        "checkpoint": AuditCheckpoint.objects.filter(size__gt=index).order_by("size").first(),
        "people": _names(),
    }
    return render(request, "audit/detail.html", context)


@require_POST
@allows(Can.VERIFY_LOG)
def verify(request: HttpRequest) -> HttpResponse:
    """Re-hash every entry, rebuild the tree, check every checkpoint; the result is an entry itself."""
    report = verify_log()
    with transaction.atomic():
        target, actor = Target("log", "log"), person(request).as_actor()
        if report.ok:
            record(Event.LOG_VERIFIED, target, actor=actor, size=report.size, root=report.root)
        else:
            record(Event.LOG_VERIFICATION_FAILED, target, actor=actor, check=report.problems[0].check)
    if report.ok:
        messages.success(request, f"The log is sound: {report.size} entries re-hashed, root {report.root[:12]}.")
    return render(request, "audit/verify.html", {"report": report}) if not report.ok else redirect("audit")
