"""Where a surface listens, what it was told and how each try went; sending again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from console.forms import EndpointForm
from console.roles import Can, allowed, allows, person
from console.surface_filters import DeliveryFilter
from console.views.lists import list_page
from conversations.models import Surface
from moderation import webhooks
from moderation.actions.webhooks import NewSecret, close_endpoint, rotate_secret, send_again, set_endpoint, try_endpoint
from moderation.models import Delivery, WebhookEndpoint
from moderation.states import DeliveryState

REFUSALS = {
    "malformed": "This is not an address that can be called.",
    "not_https": "The address has to begin with https://.",
    "host_not_allowed": "This host is not among those that may be told things. WEBHOOK_HOSTS lists them.",
}


def _surface(public_id: str) -> Surface:
    found = Surface.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _open(surface: Surface) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.open().filter(surface=surface).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_SURFACES)
def endpoint(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show where a surface listens, how that goes, and what it was told last."""
    return _page(request, _surface(public_id))


def _page(
    request: HttpRequest, surface: Surface, *, status: int = 200, form: EndpointForm | None = None, made: NewSecret | None = None
) -> HttpResponse:
    endpoints = surface.endpoints.order_by("-created_at")
    context = {
        "surface": surface,
        "open": endpoints.open().first(),
        "last_closed": endpoints.exclude(closed_at=None).first(),
        "rows": surface.deliveries.order_by("-created_at", "-id")[:10],
        "may_manage": Can.MANAGE_SURFACES in allowed(person(request)),
        "form": form or EndpointForm(),
        "made": made,
    }
    answer = render(request, "webhooks/endpoint.html", context, status=status)
    if made:
        answer["Cache-Control"] = "no-store"
    return answer


@sensitive_variables("made")
@require_POST
@allows(Can.MANAGE_SURFACES)
def set_address(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an address and show its secret in this one answer."""
    surface, form = _surface(public_id), EndpointForm(request.POST)
    if not form.is_valid():
        return _page(request, surface, status=422, form=form)
    try:
        made = set_endpoint(surface, form.cleaned_data["url"], actor=person(request).as_actor())
    except webhooks.Forbidden as error:
        form.add_error("url", REFUSALS[error.code])
        return _page(request, surface, status=422, form=form)
    return _page(request, surface, made=made)


@sensitive_variables("made")
@require_POST
@allows(Can.MANAGE_SURFACES)
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a new secret and show it in this one answer; the old one signs for a day more."""
    surface = _surface(public_id)
    return _page(request, surface, made=rotate_secret(_open(surface), actor=person(request).as_actor()))


@require_POST
@allows(Can.MANAGE_SURFACES)
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tell the surface nothing any more, once that is confirmed."""
    surface = _surface(public_id)
    found = _open(surface)
    if request.POST.get("sure") != "yes":
        return render(request, "webhooks/close.html", {"surface": surface, "endpoint": found})
    close_endpoint(found, actor=person(request).as_actor())
    messages.success(request, "The endpoint is closed. Nothing is sent there any more.")
    return redirect("endpoint", public_id)


@require_POST
@allows(Can.MANAGE_SURFACES)
def test(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a message that means nothing, and show how it goes."""
    sent = try_endpoint(_open(_surface(public_id)), actor=person(request).as_actor())
    messages.success(request, "A test message is on its way. This page shows each try.")
    return redirect("delivery", sent.public_id)


@require_safe
@allows(Can.SEE_SURFACES)
def deliveries(request: HttpRequest) -> HttpResponse:
    """List what surfaces were told, newest first."""
    rows = Delivery.objects.select_related("surface").defer("body")
    return list_page(request, rows, template="webhooks/list.html", order=("-created_at", "-id"), filterset=DeliveryFilter)


def _delivery(public_id: str) -> Delivery:
    found = Delivery.objects.select_related("surface", "endpoint").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_SURFACES)
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one message: what it said, every try, when the next is due."""
    found = _delivery(public_id)
    context = {
        "one": found,
        "tries": found.log.all(),
        "body": bytes(found.body).decode(),
        "may_send": Can.MANAGE_SURFACES in allowed(person(request)) and found.term is not DeliveryState.WAITING,
    }
    return render(request, "webhooks/detail.html", context)


@require_POST
@allows(Can.MANAGE_SURFACES)
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a settled message once more."""
    sent = send_again(_delivery(public_id), actor=person(request).as_actor())
    messages.success(request, "It is on its way again, under the same id.")
    return redirect("delivery", sent.public_id)
