"""Changing many reviews at once: choose a move and a reason with the number affected in sight, see what was done, undo it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.converters import PUBLIC_ID
from console.filters import ReviewFilter
from console.roles import Can, allows, person
from moderation.actions import bulk as actions
from moderation.models import BulkChange, Review
from moderation.models.reviews import ReviewQuerySet
from moderation.states import BulkMove, BulkReason

WHY_NONE = {
    BulkMove.SOONER: "none waits that is due later than that",
    BulkMove.LATER: "none waits that may be put off",
    BulkMove.FREE: "nobody holds one",
}
"""Why a move changes none of what was chosen."""


class Moves(forms.RadioSelect):
    """The moves; one that would change nothing cannot be chosen."""

    idle: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # Django's signature
        """Return a move as its template draws it."""
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.idle:
            option["attrs"]["disabled"] = True
        return option


class BulkForm(forms.Form):
    """What is done with many reviews, and why."""

    move = forms.ChoiceField(choices=BulkMove.choices(), widget=Moves, label="What?")
    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *BulkReason.choices()], label="Why?")
    ids = forms.TypedMultipleChoiceField(widget=forms.MultipleHiddenInput, coerce=str)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        named = self.data.getlist("ids") if isinstance(self.data, QueryDict) else self.data.get("ids", self.initial.get("ids", []))
        known = Review.objects.filter(public_id__in=list(named)[: actions.MOST])
        self.chosen: dict[str, UUID] = dict(known.values_list("public_id", "pk"))
        self.fields["ids"].choices = [(one, one) for one in self.chosen]  # type: ignore[attr-defined]  # a choice
        counts = self.counts()
        self.fields["move"].choices = [(one.value, self._words(one, n)) for one, n in counts]  # type: ignore[attr-defined]  # a choice
        self.fields["move"].widget.idle = frozenset(one.value for one, n in counts if not n)
        self.is_idle = not any(n for _, n in counts)

    def _words(self, move: BulkMove, n: int) -> str:
        return f"{move.label}: {n} of {len(self.chosen)}" + ("" if n else f", {WHY_NONE[move]}")

    def counts(self) -> list[tuple[BulkMove, int]]:
        """Return how many of the chosen reviews each move would change."""
        rows = Review.objects.filter(pk__in=self.chosen.values())
        return [(one, actions.affected(one, rows).count()) for one in BulkMove]

    def ids_chosen(self) -> Sequence[UUID]:
        """Return the reviews that were chosen."""
        return [self.chosen[one] for one in self.cleaned_data["ids"]]


def matching(request: HttpRequest) -> ReviewQuerySet:
    """Return what is selected by id, or else what the filters of the queue leave; never what one holds oneself to label."""
    rows = Review.objects.exclude(pk__in=Review.objects.in_hands_of(person(request)).values("pk"))
    if request.GET.getlist("ids"):
        return rows.filter(public_id__in=request.GET.getlist("ids")[: actions.MOST], public_id__regex=f"^{PUBLIC_ID}$")
    found: ReviewQuerySet = ReviewFilter(request.GET, queryset=rows, request=request).qs
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.CHANGE_MANY)
def change(request: HttpRequest) -> HttpResponse:
    """Ask what to do with what is selected, and do it."""
    if request.method != "POST":
        named = list(matching(request).order_by("due_at", "id").values_list("public_id", flat=True)[: actions.MOST])
        return _page(request, BulkForm(initial={"ids": named}))
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    made = actions.change_many(form.ids_chosen(), BulkMove(data["move"]), BulkReason(data["reason"]), actor=person(request))
    messages.success(request, f"{made.term.label}: {made.items.count()} changed.")
    return redirect("bulk-change", made.public_id)


def _page(request: HttpRequest, form: BulkForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "chosen": len(form.chosen), "most": actions.MOST, "recent": BulkChange.objects.select_related("actor")[:10]}
    return render(request, "reviews/bulk.html", context, status=status)


@require_safe
@allows(Can.CHANGE_MANY)
def changed(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a change did, and offer to undo it while that is possible."""
    found = get_object_or_404(BulkChange.objects.select_related("actor"), public_id=public_id)
    items = found.items.select_related("review", "holder_before").order_by("id")[: actions.MOST]
    undoable = found.undone_at is None and timezone.now() <= found.undo_until()
    return render(request, "reviews/bulk_change.html", {"change": found, "items": items, "undoable": undoable})


@require_POST
@allows(Can.CHANGE_MANY)
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put back what still stands as the change left it."""
    found = get_object_or_404(BulkChange, public_id=public_id)
    done = actions.undo_bulk(found.pk, actor=person(request))
    messages.success(request, f"Undone: {done.restored} of {done.items.count()} stand as before. The others changed meanwhile.")
    return redirect("bulk-change", public_id)
