"""Campaigns: judge a window again, run a shadow beside the verdicts, and compare what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from console.blinding import masked
from console.moments import DayField
from console.roles import Can, View, allows, person
from console.views.decisions import decision
from moderation.actions import campaigns as actions
from moderation.actions.campaigns import Wish
from moderation.campaigns import Comparison, compare
from moderation.classifiers.registry import offered
from moderation.models import Campaign, Policy, User
from moderation.states import CampaignState

MOST = 100


class CampaignForm(forms.Form):
    """A window of days, or none for a shadow; by which classifier, under which policy, on what share."""

    shadow = forms.BooleanField(required=False, label="Shadow", help_text="Goes on over endings to come. The window is not used.")
    since = DayField(required=False, label="From")
    until = DayField(required=False, label="Up to and with")
    classifier = forms.ChoiceField(choices=lambda: [(name, name) for name in offered()], label="Classifier")
    policy = forms.ModelChoiceField(Policy.objects.none(), required=False, to_field_name="version", empty_label="The one in force then")
    share = forms.IntegerField(min_value=1, max_value=100, label="Share, in percent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = Policy.objects.order_by("-version")  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for a window where it is no shadow."""
        data = super().clean() or {}
        if not data.get("shadow") and not self.errors:
            if not data.get("since") or not data.get("until"):
                self.add_error(None, "Choose from when to when, or a shadow.")
            elif data["until"] < data["since"]:
                self.add_error("until", "The window ends before it begins.")
        return data

    def wish(self) -> Wish:
        """Return what was asked for."""
        data = self.cleaned_data
        rest = {"classifier": data["classifier"], "policy": data["policy"], "share": data["share"]}
        if data["shadow"]:
            return Wish(timezone.now(), None, **rest)
        return Wish(_midnight(data["since"]), _midnight(data["until"] + timedelta(days=1)), **rest)


def _midnight(day: Any) -> datetime:  # noqa: ANN401  # a date
    return datetime.combine(day, time(), UTC)


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.RUN_CAMPAIGNS)
def campaigns(request: HttpRequest) -> HttpResponse:
    """List campaigns; the form first says what one would take, then starts it."""
    given = request.POST if request.method == "POST" else request.GET
    today = timezone.now().date()
    defaults = {"since": today - timedelta(days=30), "until": today - timedelta(days=1), "share": 100, "classifier": "rules"}
    form = CampaignForm(given) if given else CampaignForm(initial=defaults)
    ready = form.is_bound and form.is_valid()
    if ready and request.method == "POST":
        user = person(request)
        made = actions.start_campaign(form.wish(), actor=user.as_actor(), author=user)
        return redirect("campaign", made.public_id)
    context = {
        "form": form,
        "estimate": actions.estimate(form.wish()) if ready else None,
        "rows": Campaign.objects.select_related("author", "policy")[:MOST],
    }
    return render(request, "campaigns/list.html", context, status=422 if request.method == "POST" else 200)


def _found(public_id: str) -> Campaign:
    found = Campaign.objects.select_related("author", "policy").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.RUN_CAMPAIGNS)
def campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how far a campaign is, and what it found beside what stood."""
    found = _found(public_id)
    compared = compare_for(person(request), found)
    context = {"campaign": found, "found": compared, "moves": _moves(found), "may_retry": compared.dead and found.term in actions.RETRIED}
    return render(request, "campaigns/detail.html", context)


def compare_for(user: User, campaign: Campaign) -> Comparison:
    """Return what a campaign found, without the endings that this person could still be asked to label blind."""
    found = compare(campaign)
    hidden = masked(user, [row.unit.branch for row in found.differing])
    return replace(found, differing=[row for row in found.differing if row.unit.branch_id not in hidden])


def _moves(campaign: Campaign) -> frozenset[str]:
    match campaign.term:
        case CampaignState.RUNNING:
            return frozenset({"pause", "stop"})
        case CampaignState.PAUSED:
            return frozenset({"resume", "stop"})
        case _:
            return frozenset()


def _steer(action: Callable[..., Campaign], says: str) -> View:
    """Return the page for one move; campaigns keep their actor as the log names it, for a command starts them too."""
    return decision(
        lambda public_id, actor: action(public_id, actor=actor.as_actor()), Can.RUN_CAMPAIGNS, says, find=_found, page="campaign"
    )


pause = _steer(actions.pause_campaign, "Paused. What was found stays.")
resume = _steer(actions.resume_campaign, "It goes on with what has no result yet.")
retry = _steer(actions.retry_campaign, "What failed is tried again.")
stop = _steer(actions.stop_campaign, "Stopped. What was found stays.")
