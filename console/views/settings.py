"""Settings of one's own: who one is here, and which keys one works with; and what each role may do."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.keyboard import KeyboardForm, filled, own_keys
from console.roles import ROLES, Can, allows, holds, person
from console.viewing import VIEWED_AS
from moderation.actions.keyboard import set_keyboard, switch_keys
from moderation.actions.people import end_view, view_as
from moderation.models import RoleName


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Show who one is here, and where the other settings are."""
    user = person(request)
    grants = user.grants.in_force().order_by("granted_at").select_related("granted_by")
    return render(request, "settings/detail.html", {"grants": grants, "remapped": len(own_keys(user))})


@require_http_methods(["GET", "HEAD", "POST"])
def keyboard(request: HttpRequest) -> HttpResponse:
    """Show and keep the keys one works with; a key that cannot be is refused beside its field, and nothing is half saved."""
    user = person(request)
    if request.method != "POST":
        return render(request, "settings/keyboard.html", {"form": filled(user)})
    form = KeyboardForm(request.POST)
    if not form.is_valid():
        return render(request, "settings/keyboard.html", {"form": form}, status=422)
    data = form.cleaned_data
    set_keyboard(user, single_keys=data["single_keys"], alt_before_keys=data["alt_before_keys"], keymap=form.keymap())
    messages.success(request, "Kept. The new keys are printed on every button from now on.")
    return redirect("keyboard")


@require_POST
def reset_keyboard(request: HttpRequest) -> HttpResponse:
    """Give every command our key again; on, off and Alt stay as they are."""
    user = person(request)
    set_keyboard(user, single_keys=user.single_keys, alt_before_keys=user.alt_before_keys, keymap={})
    messages.success(request, "Every command has its first key again.")
    return redirect("keyboard")


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Turn single keys on or off, from the head of any page."""
    user = switch_keys(person(request), on=request.POST.get("on") == "yes")
    if not getattr(request, "htmx", False):
        return redirect("keyboard")
    answer = render(request, "components/key_switch.html", {"user": user})
    said = "Single keys are on." if user.single_keys else "Single keys are off. Ctrl+K, Ctrl+Z and Ctrl+Enter stay."
    answer["HX-Trigger"] = json.dumps({"key-mode": {"value": user.key_mode}, "announce": {"value": said}})
    return answer


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Show what each role may do, and whom one asks."""
    rows = [(can, [can in cans for cans in ROLES.values()]) for can in Can]
    may_view = Can.VIEW_AS in holds(person(request))
    return render(request, "settings/roles.html", {"roles": list(ROLES), "rows": rows, "may_view": may_view})


@require_POST
@allows(Can.VIEW_AS)
def view(request: HttpRequest) -> HttpResponse:
    """View pages as another role would, until one goes back."""
    role = request.POST.get("role", "")
    if role not in set(RoleName):
        messages.error(request, "Choose a role.")
        return redirect("roles")
    view_as(person(request), RoleName(role))
    request.session[VIEWED_AS] = role
    return redirect("home")


@require_POST
def back(request: HttpRequest) -> HttpResponse:
    """View pages as oneself again."""
    if request.session.pop(VIEWED_AS, None):
        end_view(person(request))
    return redirect("roles")
