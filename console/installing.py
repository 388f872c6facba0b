"""What `manage.py setup` does, and what it says of it: the ground of an installation, and the first person."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from conversations.models import Surface
from moderation.actions.founding import lay_ground
from moderation.actions.people import create_person, grant_role
from moderation.audit.events import service
from moderation.judge import DEFAULT_TERMS, Terms
from moderation.models import PeriodKey, Policy, RoleName, SamplingPlan, User
from moderation.readiness import Needed
from moderation.states import PersonReason

SETUP = service("setup")
FIRST_ROLES = (RoleName.OPERATOR, RoleName.COMPLIANCE)
"""What the first person holds: who grants roles and adds keys, and who asks for exports and erasures."""

ENOUGH = 3
"""So many people can carry out everything that takes two, while one of them is away."""

TWO_PEOPLE = (
    "Policies, changes of the sampling plan, calibrations, retention, erasures, the release of holds and some exports take two people, and "
    "nobody approves within 24 hours of a change of their roles. Two more people are needed, the sooner the better:\n"
    "  manage.py person add EMAIL --name NAME --role ROLE"
)


@dataclass(frozen=True, slots=True)
class Admin:
    """Who is to be the first person; the password is asked for only where they have to be made."""

    email: str
    name: str
    password: Callable[[], str]


def first_terms(models: Collection[str], surfaces: Collection[str]) -> Terms:
    """Return the terms of the first policy: the default ones, with other eligible models and surfaces where some are named."""
    return replace(
        DEFAULT_TERMS,
        eligible_models=frozenset(models) or DEFAULT_TERMS.eligible_models,
        eligible_surfaces=frozenset(surfaces) or DEFAULT_TERMS.eligible_surfaces,
    )


def set_up(terms: Terms, admin: Admin | None) -> dict[str, Any]:
    """Make what is missing and return how everything stands; `made` is true where it was made now."""
    made = lay_ground(actor=SETUP, terms=terms)
    person = _first_person(admin) if admin else None
    plan, policy = SamplingPlan.objects.order_by("-version")[0], Policy.objects.ruled().order_by("version")[0]
    return {
        "log": {"made": made[Needed.LOG]},
        "periods": list(PeriodKey.objects.order_by("-period").values_list("period", flat=True)[:2]),
        "plan": {"made": made[Needed.PLAN], "version": plan.version, "rates": dict(plan.rates.values_list("kind", "rate"))},
        "policy": {
            "made": made[Needed.POLICY],
            "version": policy.version,
            "models": policy.eligible_models,
            "surfaces": policy.eligible_surfaces,
        },
        "person": {"made": True, "id": person.pseudonym, "email": person.email, "roles": list(FIRST_ROLES)} if person else {"made": False},
        "people_who_grant": User.objects.who_grant().count(),
        "people": User.objects.filter(is_active=True).count(),
        "surfaces": Surface.objects.count(),
    }


def _first_person(admin: Admin) -> User | None:
    """Make the first person, with the roles of an operator and of compliance; returns None where somebody can grant roles already."""
    if User.objects.who_grant().exists():
        return None
    password = admin.password()
    with transaction.atomic():
        person = create_person(email=admin.email, name=admin.name, password=password, actor=SETUP)
        for role in FIRST_ROLES:
            grant_role(person, role, actor=SETUP, why=PersonReason.JOINED)
    return person


def told(stands: dict[str, Any]) -> list[str]:
    """Return how everything stands, a line each, and what to do next."""
    plan, policy, person = stands["plan"], stands["policy"], stands["person"]
    rates = ", ".join(f"{kind} {rate}" for kind, rate in sorted(plan["rates"].items()))
    lines = [
        f"Audit log        {_made(stands['log'], 'opened')}",
        f"Keys of the draw there for {' and '.join(sorted(stands['periods']))}",
        f"Sampling plan    {_made(plan, 'adopted')}: plan {plan['version']}, {rates}",
        f"First policy     {_made(policy, 'in force')}: models {_list(policy['models'])}; surfaces {_list(policy['surfaces'])}",
        f"First person     {_who(person, stands['people_who_grant'])}",
    ]
    if not stands["people_who_grant"]:
        lines += ["", "Nobody can sign in who grants roles: run this again with --admin EMAIL --name NAME."]
    elif stands["people"] < ENOUGH:
        lines += ["", TWO_PEOPLE]
    return lines if stands["surfaces"] else [*lines, "", "No surface can send yet: manage.py surface_key SOURCE makes a key."]


def _made(part: dict[str, Any], done: str) -> str:
    return f"{done} now" if part["made"] else "there already"


def _list(names: list[str]) -> str:
    return ", ".join(sorted(names))


def _who(person: dict[str, Any], granting: int) -> str:
    if person["made"]:
        return f"made now: {person['email']} ({person['id']}), {' and '.join(person['roles'])}"
    return f"there already: {granting} who can grant roles" if granting else "missing"
