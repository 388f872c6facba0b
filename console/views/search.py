"""Search: a pasted id goes straight to its page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from console.roles import Can, allowed, person
from conversations.models import Branch, ConversationEnd
from moderation.models import AuditEntry, Review


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find an ending, review, conversation, branch or entry by any id it has, ours or the surface's."""
    text = request.GET.get("q", "").strip()
    may = allowed(person(request))
    if Can.SEE_ENDINGS in may and (ending := _ending(text)):
        return redirect("ending", ending.public_id)
    if Can.SEE_QUEUE in may and (review := Review.objects.filter(public_id__iexact=text).first()):
        return redirect("review", review.public_id)
    if Can.SEE_AUDIT in may and (entry := _entry(text)) and entry.leaf_index is not None:
        return redirect("entry", entry.leaf_index)
    return render(request, "search/list.html", {"q": text}, status=404 if text else 200)


def _ending(text: str) -> ConversationEnd | None:
    found = ConversationEnd.objects.filter(public_id__iexact=text).first()
    if found or not text:
        return found
    named = Branch.objects.filter(conversation__external_id=text) | Branch.objects.filter(external_id=text)
    named |= Branch.objects.filter(public_id__iexact=text) | Branch.objects.filter(conversation__public_id__iexact=text)
    return ConversationEnd.objects.filter(branch__in=named).order_by("-requested_at").first()


def _entry(text: str) -> AuditEntry | None:
    if text.isdigit() and len(text) < 19:
        return AuditEntry.objects.filter(leaf_index=int(text)).first()
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return AuditEntry.objects.filter(leaf_hash=digest).first() if len(digest) == 32 else None
