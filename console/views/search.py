"""Search: a pasted id goes straight to its page."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from console.roles import Can, allowed, person
from conversations.models import Branch, ConversationEnd, Feedback, Quarantined, Surface
from moderation.models import Appeal, AuditEntry, Export, Lineage, Policy, Review

POLICY = re.compile(r"[Pp]-(\d{1,9})", re.ASCII)
INDEX = re.compile(r"\d{1,18}", re.ASCII)
DIGEST = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find an ending, review, policy, export, entry and what belongs to an ending by any id it has, ours or the surface's."""
    text = request.GET.get("q", "").strip().replace("\x00", "")
    may = allowed(person(request))
    found = (address(text) for needed, address in DOORS if text and needed in may)
    if url := next(filter(None, found), None):
        return redirect(url)
    kinds = [(what, example) for needed, what, example in KINDS if needed in may]
    return render(request, "search/list.html", {"q": text, "kinds": kinds}, status=404 if text else 200)


def _ending(text: str) -> str | None:
    found = ConversationEnd.objects.filter(public_id=text.upper()).first() or _ending_of_branch(text)
    return reverse("ending", args=[found.public_id]) if found else None


def _ending_of_branch(text: str) -> ConversationEnd | None:
    """Return the latest ending of what was named: a branch or a conversation, by our id or the surface's, or feedback on it."""
    named = Branch.objects.filter(conversation__external_id=text) | Branch.objects.filter(external_id=text)
    named |= Branch.objects.filter(public_id=text.upper()) | Branch.objects.filter(conversation__public_id=text.upper())
    found = ConversationEnd.objects.filter(branch__in=named).order_by("-requested_at").first()
    return found or _ending_of(Feedback.objects.filter(public_id=text.upper()).first())


def _ending_of(thing: Feedback | Appeal | None) -> ConversationEnd | None:
    """Return the ending that feedback or an appeal is about, None before it came."""
    return ConversationEnd.objects.filter(branch=thing.branch_id).first() if thing and thing.branch_id else None


def _review(text: str) -> str | None:
    found = Review.objects.filter(public_id=text.upper()).first()
    return reverse("review", args=[found.public_id]) if found else None


def _appeal(text: str) -> str | None:
    found = Appeal.objects.filter(public_id=text.upper()).first()
    return f"{reverse('appeals')}?state=all#{found.public_id}" if found else None


def _lineage(text: str) -> str | None:
    found = Lineage.objects.filter(public_id=text.upper()).first()
    return reverse("lineage", args=[found.public_id]) if found else None


def _policy(text: str) -> str | None:
    number = POLICY.fullmatch(text)
    found = Policy.objects.filter(version=int(number[1])).first() if number else None
    return reverse("policy", args=[found.version]) if found else None


def _export(text: str) -> str | None:
    found = Export.objects.filter(public_id=text.upper()).first()
    return reverse("export", args=[found.public_id]) if found else None


def _quarantined(text: str) -> str | None:
    found = Quarantined.objects.filter(public_id=text.upper()).only("public_id").first()
    return reverse("quarantined", args=[found.public_id]) if found else None


def _surface(text: str) -> str | None:
    found = Surface.objects.filter(source=text).first() or Surface.objects.filter(public_id=text.upper()).first()
    return reverse("surface", args=[found.public_id]) if found else None


def _entry(text: str) -> str | None:
    """Return the page of a leaf, by its index or its whole hash."""
    if INDEX.fullmatch(text):
        found = AuditEntry.objects.filter(leaf_index=int(text)).first()
    elif DIGEST.fullmatch(text):
        found = AuditEntry.objects.filter(leaf_hash=bytes.fromhex(text)).first()
    else:
        return None
    return reverse("entry", args=[found.leaf_index]) if found and found.leaf_index is not None else None


DOORS: tuple[tuple[Can, Callable[[str], str | None]], ...] = (
    (Can.SEE_ENDINGS, _ending),
    (Can.SEE_QUEUE, _review),
    (Can.SEE_APPEALS, _appeal),
    (Can.SEE_LINEAGES, _lineage),
    (Can.SEE_POLICIES, _policy),
    (Can.SEE_EXPORTS, _export),
    (Can.SEE_WORK, _quarantined),
    (Can.SEE_SURFACES, _surface),
    (Can.SEE_AUDIT, _entry),
)
KINDS = (
    (Can.SEE_ENDINGS, "Ending", "E-7Q4M2R9F"),
    (Can.SEE_ENDINGS, "Conversation or branch", "C-2C9FX01K, B-9ABCDEFG, or the surface's own id"),
    (Can.SEE_FEEDBACK, "Feedback, which leads to its ending", "F-4H7KM2QX"),
    (Can.SEE_QUEUE, "Review", "R-5T8WN3ZC"),
    (Can.SEE_APPEALS, "Appeal", "A-6V1YP4RD"),
    (Can.SEE_LINEAGES, "Lineage", "L-2D6JW9XE"),
    (Can.SEE_POLICIES, "Policy", "P-3"),
    (Can.SEE_EXPORTS, "Export", "X-8K2ZT7JM"),
    (Can.SEE_WORK, "Event in quarantine", "Z-3M9QH5TB"),
    (Can.SEE_SURFACES, "Surface", "S-1B5KX8NE, or its source"),
    (Can.SEE_AUDIT, "Entry of the log", "its number, or all 64 digits of its leaf hash"),
)
