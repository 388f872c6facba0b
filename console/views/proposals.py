"""The moves of a policy: seal, approve, return, cancel, restore, schedule, roll back. Each is guard, form, action, message, redirect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from console.policy_forms import CommentForm, ReasonForm, ScheduleForm, SealForm
from console.roles import Can, View, allows, person
from moderation.actions import policies as actions
from moderation.actions.publication import publish_policy, roll_back_policy
from moderation.guard_rails import OutOfRails
from moderation.models import Policy, User
from moderation.states import Design

Act = Callable[[int, User, dict[str, str]], Policy]


def _move(needed: Can, act: Act, says: str, form: type[Form] | None = None) -> View:
    """Return the page for one move; what is missing from its form is said, and nothing is done."""

    @require_POST
    @allows(needed)
    def move(request: HttpRequest, version: int) -> HttpResponse:
        given = form(request.POST) if form else None
        if given is not None and not given.is_valid():
            messages.error(request, " ".join(f"{given.fields[name].label}: {one}" for name, found in given.errors.items() for one in found))
            return redirect("policy", version)
        try:
            done = act(version, person(request), given.cleaned_data if given else {})
        except Policy.DoesNotExist:
            raise Http404 from None
        except (OutOfRails, actions.NotInTime) as error:
            messages.error(request, str(error))
            return redirect("policy", version)
        messages.success(request, says)
        return redirect("policy", done.version)

    return move


def _schedule(version: int, actor: User, given: dict[str, str]) -> Policy:
    """Set it to come into force at a time; without one, now."""
    at = ScheduleForm.moment(given)
    policy = actions.schedule_policy(version, actor=actor, at=at, share=int(given.get("share") or 0))
    return policy if at and at.astimezone(UTC) > timezone.now() else publish_policy(version, actor=actor)


seal = _move(
    Can.CHANGE_POLICIES,
    lambda version, actor, given: actions.seal_policy(version, actor=actor, test=Design.ANYTIME if given["top_up"] else Design.FIXED),
    "Sealed: window, path, levels and test are in the log. Another person has to approve.",
    SealForm,
)
approve = _move(
    Can.APPROVE_POLICIES,
    lambda version, actor, _: actions.approve_policy(version, actor=actor),
    "Approved. It can be scheduled or published.",
)
give_back = _move(
    Can.APPROVE_POLICIES,
    lambda version, actor, given: actions.return_policy(version, actor=actor, comment=given["comment"]),
    "Returned: it is a draft again.",
    CommentForm,
)
cancel = _move(
    Can.APPROVE_POLICIES,
    lambda version, actor, given: actions.cancel_policy(version, actor=actor, comment=given["comment"]),
    "Cancelled. The policy in force rules all conversations.",
    CommentForm,
)
restore = _move(Can.CHANGE_POLICIES, lambda version, actor, _: actions.restore_policy(version, actor=actor), "Restored as a draft.")
schedule = _move(Can.CHANGE_POLICIES, _schedule, "Done: see below when it rules.", ScheduleForm)
roll_back = _move(
    Can.APPROVE_POLICIES,
    lambda version, actor, given: roll_back_policy(version, actor=actor, reason=given["reason"]),
    "Rolled back: the terms from before rule again, as this version.",
    ReasonForm,
)
