"""The house: who may import whom, and what is nowhere to be found."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("conversations", "moderation", "console")
SOURCES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = {path: path.relative_to(ROOT).as_posix() for path in SOURCES + TEMPLATES}

FORBIDDEN = {
    "conversations": {"moderation", "console", "rest_framework", "celery"},
    "moderation": {"console", "rest_framework"},
}
PURE = [
    "conversations/tree.py",
    "conversations/adapters/cloudevents.py",
    "conversations/adapters/outline.py",
    "moderation/judge.py",
    "moderation/strata.py",
    "moderation/similarity.py",
    "moderation/explanation.py",
    "moderation/opinions.py",
    "moderation/routing.py",
    "moderation/picking.py",
    "moderation/audit/merkle.py",
    "moderation/audit/notes.py",
    "moderation/audit/events.py",
    "console/api/signatures.py",
    *(
        path.relative_to(ROOT).as_posix()
        for folder in ("states", "statistics")
        for path in sorted((ROOT / "moderation" / folder).glob("*.py"))
    ),
]
IMPURE = {"django", "random", "secrets", "requests", "urllib", "socket", "os"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.fixture(scope="module")
def imported():
    """What each module imports, by its path."""
    return {path: set(imports(path)) for path in SOURCES}


def test_imports_point_one_way(imported):
    used = {path: {name.split(".")[0] for name in imported[path]} & FORBIDDEN.get(NAMES[path].split("/")[0], set()) for path in SOURCES}
    assert not {NAMES[path]: names for path, names in used.items() if names}


def test_parts_of_scipy_are_loaded_by_who_computes_with_them(imported):
    """`import scipy` costs nothing and `scipy.stats` loads on first use: most processes of an installation never compute an interval."""
    trainers = {f"moderation/classifiers/{name}.py" for name in ("training", "fitting", "joining")} | {"console/wsgi.py"}
    parts = {NAMES[path]: [name for name in imported[path] if name.startswith("scipy.")] for path in SOURCES}
    assert not {name: found for name, found in parts.items() if found and name not in trainers}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_no_database_clock_or_chance(name, imported):
    path = ROOT / name
    assert not {module.split(".")[0] for module in imported[path]} & IMPURE
    assert not re.search(r"\b(now|today|time)\(\)", path.read_text())


def test_messages_are_sent_after_commit_only():
    assert not [NAMES[path] for path in SOURCES if ".delay(" in path.read_text()]


def test_moderation_serves_no_http(imported):
    doors = {path for path in SOURCES if any(name.startswith("django.http.") or name == "django.http" for name in imported[path])}
    assert not [NAMES[path] for path in doors if not NAMES[path].startswith("console/")]


def test_nothing_lies_deeper_than_a_package():
    placed_by_django = {"migrations", "management", "static", "templatetags"}
    for path in SOURCES:
        parts = path.relative_to(ROOT).parts
        assert len(parts) <= 3 or placed_by_django & set(parts), path


def test_no_drawer_for_everything():
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "services", "manager", "common"}]


def test_the_top_of_the_house_is_fixed():
    allowed = {
        "console", "moderation", "conversations", "templates", "tests", "docs", ".ci",
        "manage.py", "requirements.txt", "requirements-dev.txt", "requirements-judges.txt", "requirements-embeddings.txt", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE",
    }  # fmt: skip
    ours = {".git", ".gitignore", ".venv", "var", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__"}
    assert {path.name for path in ROOT.iterdir()} <= allowed | ours


def test_templates_trust_nobody():
    trusting = re.compile(r"\|safe|autoescape off|\sstyle=|<style|\son\w+=|<script(?![^>]*\bsrc=)")
    found = {NAMES[path]: trusting.findall(re.sub(r"{%.*?%}", "", path.read_text())) for path in TEMPLATES}
    assert not {name: what for name, what in found.items() if what}
