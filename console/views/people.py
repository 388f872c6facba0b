"""People: who may come in, with which roles; making them, changing what they may do, letting them in no more."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from console.people_forms import AddForm, PersonFilter, RoleForm, WhyForm
from console.roles import Can, View, allowed, allows, person
from console.views.lists import list_page
from moderation.actions.leaving import activate_person, deactivate_person, revoke_role
from moderation.actions.people import KnownEmail, create_person, grant_role, set_password
from moderation.audit.events import Event
from moderation.models import AuditEntry, RoleGrant, RoleName, User
from moderation.states import PersonReason

HELD = Prefetch("grants", RoleGrant.objects.in_force().select_related("granted_by").order_by("role"), to_attr="held")
ALL: QuerySet[User] = User.objects.prefetch_related(HELD)
CHANGES = (
    Event.PERSON_CREATED,
    Event.PERSON_DEACTIVATED,
    Event.PERSON_ACTIVATED,
    Event.PASSWORD_SET,
    Event.ROLE_GRANTED,
    Event.ROLE_REVOKED,
)
MOST = 50
"""So many changes of one person are shown."""


def one_time_password() -> str:
    """Return a password that says nothing, for somebody to sign in with and to replace."""
    return secrets.token_urlsafe(15)


def add_person(email: str, name: str, roles: list[str], *, by: User) -> tuple[User, str]:
    """Make somebody with their first roles and a password, which only the one answer shows; raises KnownEmail."""
    password = one_time_password()
    with transaction.atomic():
        made = create_person(email=email, name=name, password=password, actor=by.as_actor())
        for role in dict.fromkeys(roles):
            grant_role(made, RoleName(role), actor=by.as_actor(), granted_by=by, why=PersonReason.JOINED)
    return made, password


def _listed(request: HttpRequest, form: AddForm, *, status: int = 200, **made: Any) -> HttpResponse:  # noqa: ANN401  # a person and a password
    extra = {"form": form, "may_manage": Can.MANAGE_PEOPLE in allowed(person(request)), **made}
    answer = list_page(request, ALL, template="people/list.html", order=("name", "id"), filterset=PersonFilter, extra=extra)
    answer.status_code = status
    return answer


@require_safe
@allows(Can.SEE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """List people with their roles, and the form that adds one."""
    return _listed(request, AddForm())


@sensitive_variables("password")
@require_POST
@allows(Can.MANAGE_PEOPLE)
def add(request: HttpRequest) -> HttpResponse:
    """Add somebody and show their password in this one answer, which no cache keeps; it is in no session and no log."""
    form = AddForm(request.POST)
    if not form.is_valid():
        return _listed(request, form, status=422)
    said = form.cleaned_data
    try:
        made, password = add_person(said["email"], said["name"], said["roles"], by=person(request))
    except KnownEmail:
        form.add_error("email", "Somebody signs in with this address already.")
        return _listed(request, form, status=422)
    answer = _listed(request, AddForm(), made=made, password=password)
    answer["Cache-Control"] = "no-store"
    return answer


def _found(pseudonym: str) -> User:
    found = ALL.filter(pseudonym=pseudonym).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: User, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form or a password
    held = [RoleName(grant.role) for grant in found.held]  # type: ignore[attr-defined]  # prefetched under this name
    entries = AuditEntry.objects.about("person", found.public_id).naming(*CHANGES).newest()[:MOST]
    context = {
        "one": found,
        "changes": [(entry, _in_words(entry)) for entry in entries],
        "names": {str(audit_id): name for audit_id, name in User.objects.values_list("audit_id", "pseudonym")},
        "may_manage": Can.MANAGE_PEOPLE in allowed(person(request)) and found != person(request),
        "is_own": found == person(request),
        "grant_form": RoleForm(roles=[role for role in RoleName if role not in held], auto_id="grant_%s"),
        "revoke_form": RoleForm(roles=held, auto_id="revoke_%s") if held else None,
        "standing_form": WhyForm(auto_id="standing_%s"),
        **more,
    }
    return render(request, "people/detail.html", context, status=status)


def _in_words(entry: AuditEntry) -> str:
    """Return why somebody's roles were changed, and which role it was, as the log has it."""
    role, why = entry.entry.get("codes", {}).get("role", ""), entry.entry.get("reason") or ""
    words = [RoleName(role).label if role in set(RoleName) else "", PersonReason(why).label if why in set(PersonReason) else ""]
    return ": ".join(word for word in words if word)


@require_safe
@allows(Can.SEE_PEOPLE)
def one(request: HttpRequest, pseudonym: str) -> HttpResponse:
    """Show one person: their roles, since when and by whom, and what was changed."""
    return _page(request, _found(pseudonym))


def _change(name: str, form_of: Callable[..., WhyForm], act: Callable[..., object], says: str) -> View:
    """Return the page of a change for a reason: guard, form, action, message, redirect; `name` is that of its form on the page."""

    @require_POST
    @allows(Can.MANAGE_PEOPLE)
    def change(request: HttpRequest, pseudonym: str) -> HttpResponse:
        found, form = _found(pseudonym), form_of(request.POST, auto_id=f"{name}_%s")
        if not form.is_valid():
            return _page(request, found, status=422, **{f"{name}_form": form})
        by = person(request)
        more = {"granted_by": by} if act is grant_role else {}
        act(found, *([form.chosen()] if isinstance(form, RoleForm) else []), actor=by.as_actor(), why=form.reason(), **more)
        messages.success(request, says)
        return redirect("person", pseudonym)

    return change


grant = _change("grant", RoleForm, grant_role, "Granted. For 24 hours they approve nothing.")
revoke = _change("revoke", RoleForm, revoke_role, "Taken back. For 24 hours they approve nothing.")
deactivate = _change("standing", WhyForm, deactivate_person, "They come in no more. What they had claimed was given back.")
activate = _change("standing", WhyForm, activate_person, "They may sign in again.")


@sensitive_variables("password")
@require_POST
@allows(Can.MANAGE_PEOPLE)
def reset(request: HttpRequest, pseudonym: str) -> HttpResponse:
    """Give somebody a new password, which ends their sessions, and show it in this one answer; one's own is changed under settings."""
    found, password = _found(pseudonym), one_time_password()
    if found == person(request):
        return redirect("own-password")
    set_password(found, password, actor=person(request).as_actor())
    answer = _page(request, found, password=password)
    answer["Cache-Control"] = "no-store"
    return answer
