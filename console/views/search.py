"""Search: a pasted id goes straight to its page, and a pasted citation to the first thing it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from console.blinding import masked_keys
from console.roles import Can, allowed, holds, person
from console.unended import branches_named
from conversations.models import ConversationEnd, Feedback, Quarantined, RefusedEnd, Subject, Surface
from moderation.audit.origins import at
from moderation.models import (
    Appeal,
    AuditEntry,
    BulkChange,
    Campaign,
    Delivery,
    Erasure,
    Export,
    GoldenItem,
    LegalHold,
    Lineage,
    LockAlarm,
    Policy,
    ReadingAlarm,
    Review,
    Room,
    Unit,
    User,
)

Door = Callable[[str], str | None]

POLICY = re.compile(r"[Pp]-(\d{1,9})", re.ASCII)
INDEX = re.compile(r"(?:\d{1,3}/)?\d{1,12}", re.ASCII)
DIGEST = re.compile(r"[0-9a-fA-F]{8,64}", re.ASCII)
NAMED = re.compile(r"\b[A-Za-z]-[0-9A-Za-z]{1,12}\b|(?<=\bentry )\d{1,18}\b|\b[0-9a-fA-F]{8,64}\b", re.ASCII)
"""What a citation names: an id, the number of an entry, the beginning of a hash."""
MOST = 5
"""So many names of a citation are looked up."""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find an ending, unit, review, policy, export, entry and what belongs to an ending by any id it has, ours or the surface's."""
    text = request.GET.get("q", "").strip().replace("\x00", "")
    may = allowed(person(request))
    names = _names(text)
    found = (address(name) for name in names for needed, address in DOORS if needed in may)
    if url := _blind(names, person(request)) or next(filter(None, found), None):
        return redirect(url)
    kinds = [(what, example) for needed, what, example in KINDS if needed in may]
    return render(request, "search/list.html", {"q": text, "kinds": kinds}, status=404 if text else 200)


def _names(text: str) -> list[str]:
    """Return what may be a name in a text: the whole of it first, then what it cites."""
    return [text, *NAMED.findall(text)[:MOST]] if text else []


def _blind(names: Sequence[str], user: User) -> str | None:
    """Return the page of a named branch that this person could still be asked to label: it does not tell whether it was ended."""
    if not names or Can.LABEL not in holds(user):
        return None
    branches = {key: name for text in names for key, name in branches_named(text).values_list("pk", "public_id")}
    hidden = sorted(branches[key] for key in masked_keys(user, branches))
    return reverse("unit", args=[hidden[0]]) if hidden else None


def _page(model: type[Model], page: str) -> Door:
    """Return the door to the page of whatever goes by an id of ours."""

    def door(text: str) -> str | None:
        found = model._default_manager.filter(public_id=text.upper()).exists()  # noqa: SLF001  # the documented name of a model's manager
        return reverse(page, args=[text.upper()]) if found else None

    return door


def _ending(text: str) -> str | None:
    found = ConversationEnd.objects.filter(public_id=text.upper()).first() or _ending_of_branch(text)
    return reverse("ending", args=[found.public_id]) if found else None


def _ending_of_branch(text: str) -> ConversationEnd | None:
    """Return the latest ending of what was named: a branch or a conversation, by our id or the surface's, or feedback on it."""
    found = ConversationEnd.objects.filter(branch__in=branches_named(text)).order_by("-requested_at").first()
    return found or _ending_of(Feedback.objects.filter(public_id=text.upper()).first())


def _ending_of(thing: Feedback | Appeal | None) -> ConversationEnd | None:
    """Return the ending that feedback or an appeal is about, None before it came."""
    return ConversationEnd.objects.filter(branch=thing.branch_id).first() if thing and thing.branch_id else None


def _unit(text: str) -> str | None:
    """Return the page of a refused request, or of the latest unit among what was named."""
    refused = RefusedEnd.objects.select_related("branch").filter(public_id=text.upper()).first()
    if refused is not None:
        return f"{reverse('unit', args=[refused.branch.public_id])}#{refused.public_id}"
    found = Unit.objects.select_related("branch").filter(branch__in=branches_named(text)).order_by("-decided_at").first()
    return reverse("unit", args=[found.branch.public_id]) if found else None


def _reviewed(text: str) -> str | None:
    """Return the page of the review that a label was given in, or that a dispute was raised in."""
    found = Review.objects.filter(labels__public_id=text.upper()).first()
    found = found or Review.objects.filter(labels__disputes__public_id=text.upper()).first()
    return reverse("review", args=[found.public_id]) if found else None


def _subject(text: str) -> str | None:
    """Return where an account is asked to be erased."""
    found = Subject.objects.filter(public_id=text.upper()).first()
    return f"{reverse('erasures')}?subject={found.public_id}" if found else None


def _appeal(text: str) -> str | None:
    found = Appeal.objects.filter(public_id=text.upper()).first()
    return f"{reverse('appeals')}?state=all#{found.public_id}" if found else None


def _policy(text: str) -> str | None:
    number = POLICY.fullmatch(text)
    found = Policy.objects.filter(version=int(number[1])).first() if number else None
    return reverse("policy", args=[found.version]) if found else None


def _surface(text: str) -> str | None:
    found = Surface.objects.filter(source=text).first() or Surface.objects.filter(public_id=text.upper()).first()
    return reverse("surface", args=[found.public_id]) if found else None


def _leaf(text: str) -> AuditEntry | None:
    """Return the leaf that goes by a number, in the first log unless another is named before it, as in 2/17."""
    log, _, index = text.rpartition("/")
    with at(int(log or 1)):
        return AuditEntry.objects.leaves(int(index), int(index)).first()


def _entry(text: str) -> str | None:
    """Return the page of a leaf, by its index, its hash or what its hash begins with."""
    found = _leaf(text) if INDEX.fullmatch(text) else None
    if found is None and DIGEST.fullmatch(text):
        first, last = (bytes.fromhex(text.ljust(64, digit)) for digit in "0f")
        found = next(iter(AuditEntry.objects.filter(leaf_hash__range=(first, last), leaf_index__isnull=False)[:1]), None)
    return reverse("entry", args=[found.leaf_index]) if found and found.leaf_index is not None else None


DOORS: tuple[tuple[Can, Door], ...] = (
    (Can.SEE_ENDINGS, _ending),
    (Can.SEE_ENDINGS, _unit),
    (Can.SEE_QUEUE, _page(Review, "review")),
    (Can.SEE_QUEUE, _reviewed),
    (Can.SEE_APPEALS, _appeal),
    (Can.SEE_LINEAGES, _page(Lineage, "lineage")),
    (Can.SEE_POLICIES, _policy),
    (Can.SEE_EXPORTS, _page(Export, "export")),
    (Can.SEE_WORK, _page(Quarantined, "quarantined")),
    (Can.SEE_SURFACES, _surface),
    (Can.SEE_SURFACES, _page(LockAlarm, "alarm")),
    (Can.SEE_SURFACES, _page(Delivery, "delivery")),
    (Can.SEE_READINGS, _page(ReadingAlarm, "reading-alarm")),
    (Can.SEE_ERASURES, _page(Erasure, "erasure")),
    (Can.SEE_ERASURES, _page(LegalHold, "hold")),
    (Can.SEE_ERASURES, _subject),
    (Can.CURATE_GOLDEN, _page(GoldenItem, "golden-item")),
    (Can.CHANGE_MANY, _page(BulkChange, "bulk-change")),
    (Can.LABEL, _page(Room, "room")),
    (Can.RUN_CAMPAIGNS, _page(Campaign, "campaign")),
    (Can.SEE_AUDIT, _entry),
)
KINDS = (
    (Can.SEE_ENDINGS, "Ending", "E-7Q4M2R9F"),
    (Can.SEE_ENDINGS, "Refused request to end", "Q-6B3JX8TD"),
    (Can.SEE_ENDINGS, "Conversation or branch", "C-2C9FX01K, B-9ABCDEFG, or the surface's own id"),
    (Can.SEE_FEEDBACK, "Feedback, which leads to its ending", "F-4H7KM2QX"),
    (Can.SEE_QUEUE, "Review", "R-5T8WN3ZC"),
    (Can.SEE_QUEUE, "Label or dispute, which lead to their review", "D-9J4WK2VB"),
    (Can.SEE_APPEALS, "Appeal", "A-6V1YP4RD"),
    (Can.SEE_LINEAGES, "Lineage", "L-2D6JW9XE"),
    (Can.SEE_POLICIES, "Policy", "P-3"),
    (Can.SEE_EXPORTS, "Export", "X-8K2ZT7JM"),
    (Can.SEE_WORK, "Event in quarantine", "Z-3M9QH5TB"),
    (Can.SEE_SURFACES, "Surface", "S-1B5KX8NE, or its source"),
    (Can.SEE_SURFACES, "Lock alarm", "L-8R2MX6QD"),
    (Can.SEE_SURFACES, "Delivery to a surface", "M-5C7TZ1HK"),
    (Can.SEE_READINGS, "Alarm about reading", "O-2F9NV6JA"),
    (Can.SEE_ERASURES, "Erasure, legal hold or account", "Y-3P8GD5XW, K-7B4QM9TE"),
    (Can.CURATE_GOLDEN, "Golden item", "G-6H1SR8NC"),
    (Can.CHANGE_MANY, "Change of many reviews", "W-4V9JY2KP"),
    (Can.LABEL, "Calibration room", "Y-1D6XA3FZ"),
    (Can.RUN_CAMPAIGNS, "Campaign", "W-7T5QE8BM"),
    (Can.SEE_AUDIT, "Entry of the log", "its number, or the first eight digits or more of its leaf hash"),
)
