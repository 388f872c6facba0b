"""The notice to the user of an ending: what it says now, issuing it, and every version that was given out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.blinding import is_masked
from console.casefile import ending_by_id, notice_now
from console.forms import NoticeForm
from console.roles import Can, allowed, allows, person
from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions.notices import issue_notice
from moderation.exports.notice_words import WORDINGS
from moderation.models import AuditEntry


def _found(request: HttpRequest, public_id: str) -> ConversationEnd:
    """Return an ending; raises Http404 for who could still label it, for a notice tells the verdict."""
    found = ending_by_id(public_id)
    if found is None or is_masked(person(request), found.branch):
        raise Http404
    return found


@require_safe
@allows(Can.SEE_ENDINGS)
def notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the notice that the user is owed now, in a language that `?language=` names, and what was issued."""
    found = _found(request, public_id)
    said = notice_now(found, request.GET.get("language", ""))
    issued = list(found.notices.select_related("issued_by"))
    context = {
        "ending": found,
        "notice": said.as_dict() if said else None,
        "issued": issued,
        "tabs": [_tab(code, active=said is not None and said.language == code) for code in WORDINGS],
        "may_issue": Can.ISSUE_NOTICES in allowed(person(request)) and not found.branch.conversation.subject.erased_at,
    }
    return render(request, "endings/notice.html", context)


def _tab(language: str, *, active: bool) -> dict[str, object]:
    return {"label": WORDINGS[language].name, "url": f"?language={language}", "active": active}


@require_POST
@allows(Can.ISSUE_NOTICES)
def issue(request: HttpRequest, public_id: str) -> HttpResponse:
    """Issue what the notice says now, as another version."""
    found, form = _found(request, public_id), NoticeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no wording in this language. Nothing was issued.")
        return redirect("notice-ending", public_id)
    made = issue_notice(found.pk, actor=person(request), language=form.cleaned_data["language"])
    messages.success(request, f"Version {made.version} is issued, and recorded in the audit log.")
    return redirect("issued-notice-ending", public_id, made.version)


@require_safe
@allows(Can.SEE_ENDINGS)
def issued(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """Show one version as it was given out, and where the log commits to it."""
    found = _found(request, public_id)
    row = found.notices.select_related("issued_by", "ending__branch__conversation").filter(version=version).first()
    if row is None:
        raise Http404
    try:
        said, gone = row.said(), ""
    except vault.Erased:
        said, gone = None, "erased"
    except vault.Tampered:
        said, gone = None, "tampered"
    entry = AuditEntry.objects.filter(pk=row.entry).first() if Can.SEE_AUDIT in allowed(person(request)) else None
    context = {"ending": found, "row": row, "notice": said, "gone": gone, "commitment": bytes(row.commitment).hex(), "entry": entry}
    return render(request, "endings/issued_notice.html", context)
