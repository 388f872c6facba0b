"""One flip: a conversation that changes sides under a draft, opened for a purpose and read up to where it was decided."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from console.blinding import is_masked
from console.reading import read_turns
from console.roles import Can, allows, person
from conversations import vault
from moderation.actions.conversations import open_transcript
from moderation.decisions import decision
from moderation.models import FlipToRead, Opening, Policy, Unit, User
from moderation.states import Purpose


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.OPEN_TRANSCRIPTS)
def flip(request: HttpRequest, version: int, public_id: str) -> HttpResponse:
    """Show a unit beside a policy; a POST opens its transcript, recorded before it is decrypted.

    Whoever labels it, or still could, is led to the page that does not tell how it went: a flip does.
    """
    policy = Policy.objects.filter(version=version).first()
    units = Unit.objects.select_related("branch__conversation", "surface")
    unit = units.filter(branch__public_id=public_id).first()
    if policy is None or unit is None:
        raise Http404
    user = person(request)
    if request.method == "POST":
        open_transcript(unit.branch, Purpose.QUALITY, actor=user)
        return redirect("flip", version, public_id)
    if is_masked(user, unit.branch):
        return redirect("unit", public_id)
    return render(request, "policies/flip.html", {"policy": policy, "unit": unit, "flip": _kind(policy, unit), **_text(unit, user)})


def _kind(policy: Policy, unit: Unit) -> FlipToRead | None:
    """Return how it changes sides, if it is one of those taken for reading."""
    return FlipToRead.objects.filter(seal__in=policy.seals.in_force(), unit=unit).first()


def _text(unit: Unit, user: User) -> dict[str, object]:
    """Return the turns where this person has opened them, or why they cannot be shown."""
    opening = Opening.objects.current(user, unit.branch)
    if opening is None or opening.purpose == Purpose.REVIEW:
        return {"opening": None}
    decided = decision(unit)
    try:
        turns, _ = read_turns(decided.transcript)
    except vault.Erased:
        return {"opening": opening, "erased": True}
    except vault.Tampered:
        return {"opening": opening, "tampered": True}
    return {"opening": opening, "turns": turns, "at_turn": decided.turn(tuple(turns))}
