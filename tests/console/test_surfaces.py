"""Surfaces: who sends, with which keys, and never a secret."""

import pytest

from moderation.actions.surfaces import revoke_surface_key
from tests import make

pytestmark = pytest.mark.django_db


def text(client):
    return client.get("/surfaces/").content.decode()


def test_it_lists_surfaces_with_their_keys_and_no_secret(client_of, operator):
    new = make.make_key()
    page = text(client_of(operator))
    assert make.WEB in page
    assert new.key.prefix in page
    assert "Valid" in page
    assert new.api_key not in page
    assert new.signing_secret not in page
    assert bytes(new.key.digest).hex() not in page


def test_it_counts_what_came_and_says_when_last(client_of, operator):
    make.make_ending()
    make.make_ending()
    (row,) = client_of(operator).get("/surfaces/").context["rows"]
    assert row.sent == 2
    assert row.last is not None


def test_a_revoked_key_stays_listed(client_of, operator):
    revoke_surface_key(make.make_key().key, actor=make.TESTS)
    assert "Revoked" in text(client_of(operator))


def test_a_surface_without_a_key_says_so(client_of, operator):
    make.make_surface()
    page = text(client_of(operator))
    assert "No key" in page
    assert "Never" in page


def test_without_any_it_says_so(client_of, operator):
    assert "No surface may send yet" in text(client_of(operator))


def test_other_methods_and_roles_are_refused(client_of, operator, reviewer):
    assert client_of(operator).post("/surfaces/").status_code == 405
    assert client_of(reviewer).get("/surfaces/").status_code == 403
