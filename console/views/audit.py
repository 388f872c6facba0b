"""The audit log: entries, one entry, and verification."""

from __future__ import annotations

import json

import structlog
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.filters import AuditFilter
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from conversations.models import Surface
from moderation.audit.events import Event, Target
from moderation.audit.keys import KeyUnusable
from moderation.audit.log import record
from moderation.audit.verify import Report, verify_log
from moderation.models import AuditCheckpoint, AuditEntry, User

log = structlog.get_logger()


@require_safe
@allows(Can.SEE_AUDIT)
def entries(request: HttpRequest) -> HttpResponse:
    """List what was done, newest first, with the signed head of the log above."""
    checkpoint = AuditCheckpoint.objects.latest_signed()
    extra = {
        "checkpoint": checkpoint,
        "root": checkpoint.root() if checkpoint else None,
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
    """Re-hash every entry, rebuild the tree, check every checkpoint; the result is an entry itself."""
    try:
        report = verify_log()
    except KeyUnusable as error:
        log.warning("verify.no_key", reason=str(error))
        return render(request, "audit/unverified.html", status=503)
    _note(report, person(request))
    if not report.ok:
        return render(request, "audit/verify.html", {"report": report})
    messages.success(request, f"The log is sound: {report.size} entries re-hashed, root {report.root[:12]}. {report.proven}")
    return redirect("audit")


@transaction.atomic
def _note(report: Report, user: User) -> None:
    """Record what a verification found."""
    target, actor = Target("log", "log"), user.as_actor()
    if report.ok:
        record(Event.LOG_VERIFIED, target, actor=actor, size=report.size, root=report.root)
    else:
        check = report.problems[0].check.partition(",")[0]  # a code takes no comma; where it lies follows one
        record(Event.LOG_VERIFICATION_FAILED, target, actor=actor, check=check)
