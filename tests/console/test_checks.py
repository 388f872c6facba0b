"""Unsafe combinations refuse to start."""

import importlib

import pytest
from django.core.exceptions import ImproperlyConfigured

import console.wsgi
from console.celery import refuse_changed_heads
from console.checks import judges_are_ready, log_keys_are_here, no_demo_people, own_secret, roles_apart, trained_heads, vectors_are_whole
from moderation.audit import keys, origins, succeeding
from moderation.classifiers import vectors
from moderation.classifiers.artifact import FILE, load
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import acts, sequence_all
from tests.moderation.test_audit_recover import restore
from tests.moderation.test_audit_succeed import forget

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


@pytest.mark.usefixtures("own_log")
class TestKeysOfTheLogInForce:
    @pytest.fixture
    def followed(self):
        """Two acts were lost, and another log follows, whose keys this machine has."""
        acts(3)
        sequence_all()
        acts(2)
        sequence_all()
        restore(3)
        succeeding.succeed([], write=True, using="default")
        sequence_all()

    def test_a_machine_that_has_them_starts(self, production, followed):
        assert log_keys_are_here(None, databases=["default"]) == []
        importlib.reload(console.wsgi)

    def test_production_refuses_to_start_without_them(self, production, followed, settings, tmp_path):
        forget(settings, tmp_path)
        [found] = log_keys_are_here(None, databases=["default"])
        assert found.id == "recourse.E005"
        assert "origin-2" in found.msg
        assert log_keys_are_here(None) == []
        with pytest.raises(ImproperlyConfigured, match="log in force are not here"):
            importlib.reload(console.wsgi)

    def test_and_where_only_some_were_copied_or_those_of_the_old_log(self, production, followed, settings):
        held = origins.Origin(2).folder / "receipt.key"
        held.write_text((settings.KEYS_DIR / "receipt.key").read_text())
        keys._receipt_signer.cache_clear()
        assert "belongs to recourse.test/log/receipt" in log_keys_are_here(None, databases=["default"])[0].msg
        held.unlink()
        keys._receipt_signer.cache_clear()
        assert "there is no key" in log_keys_are_here(None, databases=["default"])[0].msg


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
