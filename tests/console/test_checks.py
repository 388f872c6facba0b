"""Unsafe combinations refuse to start."""

import importlib

import pytest
from django.core.exceptions import ImproperlyConfigured

import console.wsgi
from console.celery import refuse_changed_heads
from console.checks import judges_are_ready, no_demo_people, own_secret, roles_apart, trained_heads, vectors_are_whole
from moderation.classifiers import vectors
from moderation.classifiers.artifact import FILE, load
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True


def test_production_refuses_demo_sign_ins(production):
    make.make_person("reviewer", is_demo=True)
    assert [found.id for found in no_demo_people(None)] == ["recourse.E002"]
    with pytest.raises(ImproperlyConfigured, match="demo sign-ins"):
        importlib.reload(console.wsgi)


def test_production_starts_without_them(production):
    make.make_person("reviewer")
    assert no_demo_people(None) == []
    importlib.reload(console.wsgi)


def test_the_demo_may_have_them():
    make.make_person("reviewer", is_demo=True)
    assert no_demo_people(None) == []


def test_production_names_its_hosts_and_keeps_roles_apart(production, settings):
    settings.ALLOWED_HOSTS = []
    settings.DATABASE_ROLES_APART = False
    assert [found.id for found in own_secret(None)] == ["recourse.E001"]
    assert [found.id for found in roles_apart(None)] == ["recourse.W001"]


def test_second_opinions_that_cannot_be_had_refuse_to_start(settings):
    settings.SECOND_OPINIONS = ["rules", "oracle", "anthropic"]
    settings.JUDGE_ANTHROPIC_KEY = settings.JUDGE_ANTHROPIC_MODEL = ""
    assert [one.msg for one in judges_are_ready(None)] == ["No classifier is called oracle.", "anthropic has no model or no key."]
    settings.SECOND_OPINIONS, settings.JUDGE_ANTHROPIC_KEY, settings.JUDGE_ANTHROPIC_MODEL = ["anthropic"], "a key", "a model"
    assert judges_are_ready(None) == []


@pytest.mark.parametrize(
    ("packages", "told"), [(["json", "no_such_package"], ["recourse.W002"]), (["no_such_package"], []), (["json"], [])]
)
def test_half_an_extra_is_told(packages, told, monkeypatch):
    monkeypatch.setattr(vectors, "PACKAGES", packages)
    assert [found.id for found in vectors_are_whole(None)] == told


def test_nothing_starts_with_trained_heads_other_than_the_released_ones(production, tmp_path, monkeypatch):
    assert trained_heads(None) == []
    changed = tmp_path / "embedded.heads"
    changed.write_bytes(FILE.read_bytes() + b"x")
    changed.with_suffix(".sha256").write_text(FILE.with_suffix(".sha256").read_text())
    monkeypatch.setattr(load, "__defaults__", (changed,))
    [found] = trained_heads(None)
    assert found.id == "recourse.E004"
    assert "has the SHA-256" in found.hint
    with pytest.raises(SystemExit, match="not the one in"):
        refuse_changed_heads()
