"""The API's reference for people: its OpenAPI document, searchable, drawn here, so that it needs no network and no other's script."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.contract.document import document
from console.contract.reference import operations, shapes


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation and shape, or those in which the words looked for occur."""
    wanted = request.GET.get("find", "")
    found = sorted(operations(document(), wanted), key=lambda one: one.noun)
    nouns = [(noun, list(group)) for noun, group in groupby(found, key=lambda one: one.noun)]
    context = {"nouns": nouns, "shapes": shapes(document(), wanted), "find": wanted, "count": len(found), "info": document()["info"]}
    template = "reference/_found.html" if request.headers.get("HX-Request") else "reference/list.html"
    return render(request, template, context)
