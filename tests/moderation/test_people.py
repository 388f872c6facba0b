"""People: passwords, roles, and leaving, which ends everything at once; by action and by command."""

import io
import json
import sys
import threading
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from console.roles import ROLES, Can
from moderation.actions import appeals, policies, reviews
from moderation.actions.leaving import DECIDING, READING, activate_person, deactivate_person, revoke_role
from moderation.actions.people import (
    KnownEmail,
    LastGranter,
    OwnRoles,
    create_person,
    grant_role,
    password_of_another,
    set_password,
)
from moderation.actions.tokens import known_token, make_token
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Review, RoleGrant, RoleName, User
from moderation.states import AppealState, PersonReason, ReviewState
from tests import make

pytestmark = pytest.mark.django_db
NEW = "another battery, another staple"


def acts(person):
    return list(AuditEntry.objects.about("person", person.public_id).order_by("id").values_list("action", flat=True))


def leave(person, actor=make.TESTS):
    return deactivate_person(person, actor=actor, why=PersonReason.LEFT)


def test_an_address_is_taken_once_in_any_case(reviewer):
    with pytest.raises(KnownEmail):
        create_person(email=reviewer.email.upper(), name="Again", password=make.PASSWORD, actor=make.TESTS)


@pytest.mark.parametrize("password", ["short", "password1234", "person-one@test.example"])
def test_a_password_that_is_easily_guessed_is_refused(password, reviewer):
    with pytest.raises(ValidationError):
        create_person(email="person-one@test.example", name="One", password=password, actor=make.TESTS)
    with pytest.raises(ValidationError):
        set_password(reviewer, "short", actor=make.TESTS)
    assert authenticate(username=reviewer.email, password=make.PASSWORD) == reviewer


def test_a_new_password_ends_sessions_and_is_recorded(reviewer, client_of):
    client = client_of(reviewer)
    set_password(reviewer, NEW, actor=make.TESTS)
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert authenticate(username=reviewer.email, password=make.PASSWORD) is None
    assert authenticate(username=reviewer.email, password=NEW) == reviewer
    assert acts(reviewer)[-1] == "password.set"


def test_leaving_ends_sessions_and_tokens_and_they_stay_ended(reviewer, senior, client_of):
    client, other = client_of(reviewer), client_of(senior)
    token = make_token(reviewer, "script", scopes=["see_endings"], lasts=timedelta(days=1))
    leave(reviewer)
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert known_token(token.secret) is None
    assert Client().get("/api/v1/endings/", headers={"Authorization": f"Bearer {token.secret}"}).status_code == 401
    assert authenticate(username=reviewer.email, password=make.PASSWORD) is None
    assert Session.objects.count() == 1, "nobody else's"
    activate_person(reviewer, actor=make.TESTS, why=PersonReason.RETURNED)
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert known_token(token.secret) is None
    assert other.get("/").status_code == 200
    assert authenticate(username=reviewer.email, password=make.PASSWORD).roles() == {"reviewer"}
    assert acts(reviewer)[-2:] == ["person.deactivated", "person.activated"]
    assert AuditEntry.objects.filter(action="token.revoked", target_id=token.token.public_id, actor_id="tests").count() == 1


def test_leaving_gives_back_what_was_claimed_and_no_answer(reviewer, senior):
    claimed, answered = make.make_review(ReviewState.CLAIMED, reviewer), make.make_review(ReviewState.SUBMITTED, reviewer)
    appeal = make.make_appeal()
    appeals.take_appeal(appeal.pk, actor=senior)
    leave(reviewer)
    leave(senior)
    for thing in (claimed, answered, appeal):
        thing.refresh_from_db()
    assert (claimed.state, claimed.reviewer, claimed.claim_until) == (ReviewState.OPEN, None, None)
    assert (answered.state, answered.reviewer) == (ReviewState.SUBMITTED, reviewer)
    assert (appeal.state, appeal.decider) == (AppealState.FILED, None)
    assert AuditEntry.objects.filter(action="review.released", target_id=claimed.public_id, actor_id="tests").exists()
    assert AuditEntry.objects.filter(action="appeal.returned", target_id=appeal.public_id, actor_id="tests").exists()
    reviews.decide_review(answered.pk)


def test_with_a_role_goes_what_no_other_role_allows(senior):
    appeal = appeals.take_appeal(make.make_appeal().pk, actor=senior)
    mine, other = (make.make_review(ReviewState.CLAIMED, reviewer=senior) for _ in range(2))
    Review.objects.filter(pk=other.pk).update(senior_only=True)
    grant_role(senior, RoleName.REVIEWER, actor=make.TESTS)
    revoke_role(senior, RoleName.SENIOR, actor=make.TESTS)
    for thing in (appeal, mine, other):
        thing.refresh_from_db()
    assert (appeal.state, appeal.decider, other.state, mine.state) == (AppealState.FILED, None, ReviewState.OPEN, ReviewState.CLAIMED)
    assert AuditEntry.objects.filter(action="appeal.returned", target_id=appeal.public_id).exists()
    revoke_role(senior, RoleName.REVIEWER, actor=make.TESTS)
    mine.refresh_from_db()
    assert (mine.state, mine.reviewer) == (ReviewState.OPEN, None)


def test_who_gives_back_is_who_could_have_held_it():
    assert {role for role, cans in ROLES.items() if Can.LABEL in cans} == READING
    assert {role for role, cans in ROLES.items() if Can.DECIDE_APPEALS in cans} == {DECIDING}


def test_leaving_and_coming_back_twice_is_once(reviewer):
    for _ in range(2):
        leave(reviewer)
    for _ in range(2):
        activate_person(reviewer, actor=make.TESTS, why=PersonReason.RETURNED)
    assert acts(reviewer)[-2:] == ["person.deactivated", "person.activated"]
    assert acts(reviewer).count("person.deactivated") == 1


def test_nobody_changes_their_own(operator):
    make.make_person("operator")
    own = operator.as_actor()
    for change in (
        lambda: grant_role(operator, RoleName.SENIOR, actor=own),
        lambda: revoke_role(operator, RoleName.OPERATOR, actor=own),
        lambda: leave(operator, own),
        lambda: activate_person(operator, actor=own, why=PersonReason.RETURNED),
    ):
        with pytest.raises(OwnRoles):
            change()
    assert RoleGrant.objects.in_force().get(user=operator).role == "operator"


def test_somebody_who_grants_always_stays(operator):
    other = make.make_person("operator")
    leave(other)
    for change in (lambda: leave(operator), lambda: revoke_role(operator, RoleName.OPERATOR, actor=make.TESTS)):
        with pytest.raises(LastGranter):
            change()
    operator.refresh_from_db()
    assert operator.is_active
    activate_person(other, actor=make.TESTS, why=PersonReason.RETURNED)
    revoke_role(operator, RoleName.OPERATOR, actor=make.TESTS)
    assert list(User.objects.who_grant()) == [other]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_from_each_other_at_once_one_stays():
    pair = [make.make_person("operator"), make.make_person("operator")]
    start, errors = threading.Barrier(2), []

    def shut_out(mine, theirs):
        start.wait()
        try:
            leave(theirs, mine.as_actor())
        except LastGranter as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=shut_out, args=both) for both in (pair, pair[::-1])]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(errors) == 1
    assert User.objects.who_grant().count() == 1
    connection.close()


def test_whoever_has_set_a_password_cannot_approve_under_its_name(operator):
    author, approver = make.make_person("policy_owner"), make.make_approver()
    policy = policies.draft_policy(DEFAULT_TERMS, title="T", why="", actor=author)
    policies.seal_policy(policy.version, actor=author)
    set_password(approver, NEW, actor=operator.as_actor())
    with pytest.raises(policies.BorrowedPassword):
        policies.approve_policy(policy.version, actor=approver)
    set_password(approver, f"{NEW} of my own", actor=approver.as_actor())
    with pytest.raises(policies.BorrowedPassword):
        policies.approve_policy(policy.version, actor=approver)
    assert not password_of_another(approver, timezone.now())
    assert password_of_another(approver, timezone.now() - timedelta(days=1))
    set_password(approver, NEW, actor=operator.as_actor())
    assert password_of_another(approver, timezone.now()), "the last one is another's, however long ago"


def test_roles_of_a_day_do_not_approve_whoever_grants_them(operator):
    author, approver = make.make_person("policy_owner"), make.make_approver()
    policy = policies.draft_policy(DEFAULT_TERMS, title="T", why="", actor=author)
    policies.seal_policy(policy.version, actor=author)
    grant_role(approver, RoleName.SENIOR, actor=operator.as_actor(), granted_by=operator, why=PersonReason.DUTIES)
    with pytest.raises(policies.FreshRole):
        policies.approve_policy(policy.version, actor=approver)
    RoleGrant.objects.filter(user=approver).update(granted_at=timezone.now() - timedelta(days=2))
    policies.approve_policy(policy.version, actor=approver)


def person(*arguments, typed=None, monkeypatch=None):
    """Run the command; returns what it printed."""
    if typed is not None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed + "\n"))
    out = io.StringIO()
    call_command("person", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_lists_and_changes_people(monkeypatch):
    added = person(
        "add", "Ana@Example.org", "--name", "Ana", "--role", "operator", "--password-stdin", "--json", typed=NEW, monkeypatch=monkeypatch
    )
    assert json.loads(added) | {"id": "", "created_at": ""} == {
        "id": "",
        "email": "ana@example.org",
        "name": "Ana",
        "roles": ["operator"],
        "active": True,
        "created_at": "",
        "last_sign_in": None,
    }
    ana = authenticate(username="ana@example.org", password=NEW)
    person("add", "ben@example.org", "--name", "Ben", "--password-stdin", typed=NEW, monkeypatch=monkeypatch)
    assert "reviewer" in person("grant", "ben@example.org", "reviewer", "--why", "joined")
    assert "no role" in person("revoke", "ben@example.org", "reviewer", "--why", "mistake")
    assert "deactivated" in person("deactivate", "BEN@example.org", "--why", "left")
    assert [one["active"] for one in json.loads(person("list", "--json"))] == [True, False]
    assert "deactivated" not in person("activate", "ben@example.org", "--why", "returned")
    person("password", "ana@example.org", "--password-stdin", typed=make.PASSWORD, monkeypatch=monkeypatch)
    assert authenticate(username="ana@example.org", password=make.PASSWORD) == ana
    ben = User.objects.get(email="ben@example.org")
    assert acts(ben) == ["person.created", "role.granted", "role.revoked", "person.deactivated", "person.activated"]
    assert ana.pseudonym in person("list")
    assert "last sign-in never" in person("list")


def test_the_command_refuses_in_words(monkeypatch, operator):
    for arguments, why in (
        (("grant", "nobody@example.org", "senior", "--why", "joined"), "Nobody signs in"),
        (("deactivate", operator.email, "--why", "left"), "Nobody would be left"),
        (("revoke", operator.email, "operator", "--why", "left"), "Nobody would be left"),
        (("add", operator.email, "--name", "Again", "--password-stdin"), "signs in with this address"),
        (("add", "no address", "--name", "X", "--password-stdin"), "valid email"),
        (("add", "x@example.org", "--name", "X", "--password-stdin"), "common"),
    ):
        typed = "password1234" if "common" in why else NEW
        with pytest.raises(CommandError, match=why) as refused:
            person(*arguments, typed=typed, monkeypatch=monkeypatch)
        assert refused.value.returncode == 2
    assert User.objects.count() == 1


def test_with_nobody_there_it_says_how_to_begin():
    assert "manage.py setup" in person("list")
