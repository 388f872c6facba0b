"""Every address as every role: what is open, what is closed, what needs a sign-in."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console import urls
from console.roles import ROLES, Can, holders
from moderation.actions.quarantine import quarantine_event
from moderation.audit.events import NIL
from moderation.models import AuditEntry, Export, RoleName
from moderation.states import ReviewState
from tests import kept, make

pytestmark = pytest.mark.django_db

PUBLIC = {
    "sign-in",
    "healthz",
    "csp-reports",
    "events",
    "receipt-proof",
    "receipt-salt",
    "log-checkpoint",
    "log-tile",
    "nth-log-checkpoint",
    "nth-log-tile",
    "criteria",
    "published-policy",
    "fetch-export",
}
OWN_SETTINGS = {
    "settings",
    "own-password",
    "keyboard",
    "reset-keyboard",
    "switch-keys",
    "roles",
    "api-keyboard",
    "tokens",
    "revoke-token",
    "end-view",
}
ANYBODY_SIGNED_IN = {"home", "sign-out", "search", "reference", "styleguide", "api-schema"} | OWN_SETTINGS


def patterns(resolver=None):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        elif isinstance(one, URLPattern):
            yield one


ALL = {one.name: one for one in patterns()}


def needed_by(name):
    """Return what a page asks for, by the mark its guard leaves."""
    view = ALL[name].callback
    while view is not None:
        if hasattr(view, "needed"):
            return view.needed
        view = getattr(view, "__wrapped__", None)
    return None


def address(name, things):
    pattern = ALL[name].pattern
    arguments = pattern.converters or pattern.regex.groupindex
    arguments = {key for key in arguments if key != "format"}
    if name.startswith("api-person-"):
        return reverse(name, kwargs=dict.fromkeys(arguments, things["pseudonym"]))
    parts = name.split("-")
    return reverse(name, kwargs={key: things.get((parts[-1], key)) or things.get((*parts[:2], key)) or things[key] for key in arguments})


@pytest.fixture
def things(db):
    """Return an id for every kind of argument."""
    return kept.lay("one of each", one_of_each)


def one_of_each():
    review = make.make_review(ReviewState.OPEN)
    appeal = make.make_appeal()
    refused = make.make_refused()
    feedback = make.make_feedback()
    quarantined = quarantine_event(b"{}", make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    make.link()
    lineage = appeal.branch.ending.aftermaths.get().lineage
    export = Export.objects.create(kind="audit", format="csv", requested_by=make.make_person("compliance"))
    return {
        "public_id": review.public_id,
        ("review", "public_id"): review.public_id,
        ("ending", "public_id"): appeal.branch.ending.public_id,
        ("appeal", "public_id"): appeal.public_id,
        ("feedback", "public_id"): feedback.public_id,
        ("piece", "public_id"): feedback.public_id,
        ("reply", "public_id"): make.make_reply().public_id,
        ("lineage", "public_id"): lineage.public_id,
        ("export", "public_id"): export.public_id,
        ("surface", "public_id"): quarantined.surface.public_id,
        ("key", "public_id"): quarantined.surface.public_id,
        "key_id": make.make_key(quarantined.surface).key.public_id,
        ("quarantined", "public_id"): quarantined.public_id,
        ("flip", "public_id"): review.unit.branch.public_id,
        ("unit", "public_id"): refused.public_id,
        ("api", "unit", "id"): refused.public_id,
        ("alarm", "public_id"): "L-00000000",
        ("campaign", "public_id"): "W-00000000",
        ("plan", "public_id"): "Z-00000000",
        ("proposal", "public_id"): "Z-00000000",
        "id": review.public_id,
        ("api", "work", "id"): "W-1",
        "version": 1,
        "place": 1,
        "promise": "wrongful",
        "pseudonym": make.make_person("reviewer").pseudonym,
        "index": 0,
        "log": 1,
        "item_id": 1,
        "entry_id": NIL,
        "secret": "none",
        "loose_id": "feedback:F-00000000",
        ("tile", "path"): "0/000",
        ("verification", "public_id"): "V-00000000",
        ("entries", "path"): "000",
        "format": "json",
    }


def test_every_page_is_guarded_or_listed_as_an_exception():
    pages = {name for name in ALL if not name.startswith("api-")}
    open_pages = {name for name in pages if needed_by(name) is None}
    assert open_pages == PUBLIC | {name for name in ANYBODY_SIGNED_IN if not name.startswith("api-")}


def test_a_stranger_is_sent_to_sign_in(things):
    client, let_in = Client(), []
    for name in sorted(set(ALL) - PUBLIC):
        for method in ("get", "post"):
            answer = getattr(client, method)(address(name, things))
            if answer.status_code not in {302, 403, 405} or not answer.headers.get("Location", "/sign-in/").startswith("/sign-in/"):
                let_in.append((name, method, answer.status_code))
    assert not let_in


def blank_refusal(request, exception):
    return HttpResponse(status=403)


@pytest.mark.parametrize("role", [*RoleName, None])
def test_each_role_sees_what_its_row_says_and_no_more(role, things, client_of, monkeypatch):
    """A refusal is not drawn here: that is a page of its own, tried below."""
    monkeypatch.setattr(urls, "handler403", blank_refusal)
    client = client_of(make.make_person(role.value if role else None))
    may = ROLES[role] if role else frozenset()
    for name in sorted(ALL):
        needed = needed_by(name)
        if needed is None or name.startswith("api-"):
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(address(name, things))
            if needed not in may:
                assert answer.status_code in {403, 405}, (role, name, method)
            else:
                assert answer.status_code in {200, 302, 404, 405, 409, 422}, (role, name, method, answer.status_code)


@pytest.mark.parametrize("role", [*RoleName, None])
def test_the_api_follows_the_same_table(role, things, client_of):
    client = client_of(make.make_person(role.value if role else None))
    may = ROLES[role] if role else frozenset()
    needs = {
        "/api/v1/endings/": Can.SEE_ENDINGS,
        "/api/v1/refused/": Can.SEE_ENDINGS,
        "/api/v1/continued/": Can.SEE_ENDINGS,
        "/api/v1/reviews/": Can.SEE_QUEUE,
        "/api/v1/desk/": Can.LABEL,
        "/api/v1/desk/comfort/": Can.LABEL,
        "/api/v1/views/": Can.SEE_ENDINGS,
        "/api/v1/rooms/": Can.LABEL,
        "/api/v1/quality/": Can.SEE_QUALITY,
        "/api/v1/quality/me/": Can.LABEL,
        "/api/v1/quality/people/": Can.SEE_READERS,
        "/api/v1/feedback/": Can.SEE_FEEDBACK,
        "/api/v1/appeals/": Can.SEE_APPEALS,
        "/api/v1/replies/": Can.SEE_FEEDBACK,
        "/api/v1/policies/": Can.SEE_POLICIES,
        "/api/v1/sampling/": Can.SEE_POLICIES,
        "/api/v1/sampling/changes/": Can.SEE_POLICIES,
        "/api/v1/monitoring/": Can.SEE_POLICIES,
        "/api/v1/campaigns/": Can.RUN_CAMPAIGNS,
        "/api/v1/lineages/": Can.SEE_LINEAGES,
        "/api/v1/lineages/rates/": Can.SEE_LINEAGES,
        "/api/v1/audit/": Can.SEE_AUDIT,
        "/api/v1/exports/": Can.SEE_EXPORTS,
        "/api/v1/erasures/": Can.SEE_ERASURES,
        "/api/v1/holds/": Can.SEE_ERASURES,
        "/api/v1/openings/": Can.SEE_READINGS,
        "/api/v1/reading-alarms/": Can.SEE_READINGS,
        "/api/v1/retention/": Can.SEE_ERASURES,
        "/api/v1/retention/due/": Can.SEE_ERASURES,
        "/api/v1/quarantine/": Can.SEE_WORK,
        "/api/v1/work/": Can.SEE_WORK,
        "/api/v1/work/kinds/": Can.SEE_WORK,
        "/api/v1/surfaces/": Can.SEE_SURFACES,
        "/api/v1/alarms/": Can.SEE_SURFACES,
        "/api/v1/unjoined/": Can.SEE_SURFACES,
        "/api/v1/people/": Can.SEE_PEOPLE,
    }
    for path, needed in needs.items():
        assert client.get(path).status_code == (200 if needed in may else 403), (role, path)


def test_the_auditor_changes_nothing(things, client_of, auditor):
    client = client_of(auditor)
    before = AuditEntry.objects.count()
    for name in ALL:
        if name not in PUBLIC | OWN_SETTINGS | {"sign-out"} and name != "download-export":
            client.post(address(name, things))
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("role", [*RoleName, None])
def test_a_refusal_says_whom_to_ask(role, client_of):
    client, may = client_of(make.make_person(role.value if role else None)), ROLES[role] if role else frozenset()
    pages = {Can.LABEL: "/desk/", Can.SEE_WORK: "/work/", Can.SEE_PEOPLE: "/people/"}
    needed = next(one for one in pages if one not in may)
    answer = client.get(pages[needed])
    assert answer.status_code == 403
    assert f"These roles have it: {', '.join(holders(needed))}." in answer.content.decode()


def test_forms_need_their_token(things, senior):
    client = Client(enforce_csrf_checks=True)
    client.force_login(senior)
    assert client.post("/reviews/next/").status_code == 403
