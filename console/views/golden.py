"""Golden items: the list, one item, nominate and retire; for seniors only."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.blinding import is_masked, masked_keys
from console.filters import GoldenFilter
from console.forms import RetireForm
from console.labelled import readings
from console.roles import Can, allows, person
from console.views.lists import list_page
from moderation.actions import golden as actions
from moderation.models import Dispute, GoldenItem, Label, Unit
from moderation.states import SUPPORTS_ENDING, RetireReason, Round


def find_item(public_id: str) -> GoldenItem:
    """Return a golden item by its public id; raises Http404."""
    item = GoldenItem.objects.select_related("unit__branch__ending", "nominated_by", "standard").filter(public_id=public_id).first()
    if item is None:
        raise Http404
    return item


@require_safe
@allows(Can.CURATE_GOLDEN)
def golden_items(request: HttpRequest) -> HttpResponse:
    """List golden items, newest first, with how often each was answered and how often otherwise than the seniors."""
    served = Q(unit__labels__round=Round.GOLDEN, unit__labels__review__senior_only=False, unit__labels__committed_at__gte=F("active_at"))
    rows = GoldenItem.objects.select_related("unit__branch", "nominated_by", "standard").annotate(
        answered=Count("unit__labels", filter=served),
        found_right=Count("unit__labels", filter=served & Q(unit__labels__answer__in=SUPPORTS_ENDING)),
    )
    return list_page(
        request,
        rows,
        template="golden/list.html",
        order=("-nominated_at", "-id"),
        filterset=GoldenFilter,
        about=lambda found: {"hidden": masked_keys(person(request), [one.unit.branch_id for one in found])},
    )


@require_safe
@allows(Can.CURATE_GOLDEN)
def golden_item(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one item: what seniors said, how readers answered, what was disputed; to who may still read it only how many."""
    item = find_item(public_id)
    return render(
        request,
        "golden/detail.html",
        {
            "item": item,
            "hidden": is_masked(person(request), item.unit.branch),
            "opinions": readings(actions.opinions(item)),
            "answers": Label.objects.filter(unit=item.unit_id, round=Round.GOLDEN, review__senior_only=False).select_related("reviewer"),
            "disputes": Dispute.objects.filter(label=item.standard_id).select_related("disputer") if item.standard_id else [],
            "left": actions.readers_left(item).count(),
            "retire_form": RetireForm(),
        },
    )


@require_POST
@allows(Can.CURATE_GOLDEN)
def nominate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Nominate the unit of a settled ending."""
    item = actions.nominate_golden(unit_of(public_id), actor=person(request))
    messages.success(request, "Nominated. It is served once two other seniors say the same of it.")
    return redirect("golden-item", item.public_id)


def unit_of(public_id: str) -> UUID:
    """Return the id of an ending's unit; raises Http404."""
    found = Unit.objects.filter(branch__ending__public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allows(Can.CURATE_GOLDEN)
def retire(request: HttpRequest, public_id: str) -> HttpResponse:
    """Serve an item no more, for a reason."""
    item, form = find_item(public_id), RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose why it is served no more.")
    else:
        actions.retire_golden(item.pk, RetireReason(form.cleaned_data["reason"]), actor=person(request))
        messages.success(request, "Retired.")
    return redirect("golden-item", public_id)
