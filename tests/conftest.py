"""The cast: one person for each role, and an outsider with none."""

from itertools import count

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as tries

from moderation import readiness, work
from tests import kept, make
from tests.fuzzing import AT_LENGTH, BRIEFLY, LONG, SCALE

tries.register_profile(
    "unhurried",
    deadline=None,
    derandomize=not LONG,
    max_examples=AT_LENGTH * SCALE if LONG else BRIEFLY,
    suppress_health_check=[HealthCheck.too_slow],
)
tries.load_profile("unhurried")  # how long an example takes depends on what else runs
_folders = count()


def pytest_collection_modifyitems(items):
    """Let `make fuzz` run every test whose input is made up."""
    for item in items:
        if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
            item.add_marker("fuzz")


def replaces_parts(fixtures):
    """Return whether a test replaces parts of the product, by itself or by a fixture of ours; pytest-django has one for every test."""
    askers = {name for name, made in fixtures.name2fixturedefs.items() for one in made if "monkeypatch" in one.argnames}
    return "monkeypatch" in fixtures.argnames or bool(askers - {"_template_string_if_invalid_marker"})


@pytest.fixture(autouse=True)
def own_keys(settings, tmp_path_factory, worker_id, request):
    """Keys of this process's database: two processes never share a log."""
    kept.running.begin(patched=replaces_parts(request.node._fixtureinfo))
    settings.KEYS_DIR = django_settings.VAR_DIR / f"keys-{worker_id}"
    settings.REPLAY_DIR = tmp_path_factory.getbasetemp() / f"replay-{next(_folders)}"  # no test sees the columns of another's rows
    settings.EXPORTS_DIR = django_settings.VAR_DIR / f"exports-{worker_id}"
    settings.LOG_DROPS = []
    work.counted.cache_clear()
    readiness.require.cache_clear()


@pytest.fixture
def reviewer(db):
    return make.make_person("reviewer")


@pytest.fixture
def second_reviewer(db):
    return make.make_person("reviewer")


@pytest.fixture
def senior(db):
    return make.make_person("senior")


@pytest.fixture
def policy_owner(db):
    return make.make_person("policy_owner")


@pytest.fixture
def compliance(db):
    return make.make_person("compliance")


@pytest.fixture
def operator(db):
    return make.make_person("operator")


@pytest.fixture
def auditor(db):
    return make.make_person("auditor")


@pytest.fixture
def outsider(db):
    return make.make_person()


@pytest.fixture
def cast(reviewer, senior, policy_owner, compliance, operator, auditor, outsider):
    """Everybody by role."""
    return {
        "reviewer": reviewer,
        "senior": senior,
        "policy_owner": policy_owner,
        "compliance": compliance,
        "operator": operator,
        "auditor": auditor,
        "outsider": outsider,
    }


@pytest.fixture
def client_of():
    """Return a browser of a person, signed in."""

    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ground(db):
    """An installation before its first event."""
    make.make_ground()
