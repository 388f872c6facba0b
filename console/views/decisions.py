"""The page for a decision that takes no more than a click: guard, action, message, redirect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.roles import Can, View, allows, person


def decision(action: Callable[..., object], needed: Can, says: str, *, find: Callable[[Any], object], page: str) -> View:
    """Return the page for one decision about what the address names.

    Args:
        action: takes what the address names, and `actor`.
        needed: what a person must be allowed.
        says: told to them once it is done.
        find: raises Http404 where the address names nothing.
        page: the page to go to, of the same address.
    """

    @require_POST
    @allows(needed)
    def decide(request: HttpRequest, **named: str | int) -> HttpResponse:
        (key,) = named.values()
        find(key)
        action(key, actor=person(request))
        messages.success(request, says)
        return redirect(page, key)

    return decide
