"""The OpenAPI document says what the API does, and its examples are true."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from drf_spectacular.validation import validate_schema
from rest_framework import serializers

from console import api
from console.contract import examples
from console.contract.document import document
from conversations.adapters.cloudevents import TYPES, read
from tests import make
from tests.sender import BATCH, LINES, post, results

ROOT = Path(__file__).resolve().parent.parent.parent
DOORS = ("api/v1/", "log/")
MODULES = [importlib.import_module(f"console.api.{one.name}") for one in pkgutil.iter_modules(api.__path__)]


def against(name):
    """Return a validator of one of the document's schemas."""
    root = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    return jsonschema.Draft202012Validator(root)


def operations():
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def addresses(resolver=None, prefix=""):
    for one in (resolver or get_resolver()).url_patterns:
        text = (
            str(one.pattern)
            if isinstance(one.pattern, RoutePattern)
            else re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", str(one.pattern)).strip("^$")
        )
        if isinstance(one, URLResolver):
            yield from addresses(one, prefix + text)
        elif isinstance(one, URLPattern):
            yield prefix + text.replace("\\Z", "")


def test_it_is_openapi_3_1():
    assert document()["openapi"].startswith("3.1.")
    validate_schema(document())


def test_every_door_of_the_api_is_described():
    served = {"/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one) for one in addresses() if one.startswith(DOORS)}
    assert served == set(document()["paths"])


@pytest.mark.parametrize(("name", "operation"), list(operations()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_operation_says_what_it_does_who_may_and_how_it_refuses(name, operation):
    assert operation["description"]
    assert operation["security"]
    assert operation["responses"].keys() & {"200", "201", "202", "204"}
    refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert refusals.keys() & {"401", "403"} or operation["security"] == [{}]
    for answer in refusals.values():
        assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
        assert answer["content"]["application/problem+json"]["examples"]


def problems():
    """Return the example of each problem, by its code."""
    refusals = [answer for _, operation in operations() for status, answer in operation["responses"].items() if status >= "400"]
    return {code: one["value"] for answer in refusals for code, one in answer["content"]["application/problem+json"]["examples"].items()}


def test_every_problem_that_is_raised_has_an_example_in_the_document_and_a_line_in_the_manual():
    sources = "".join(path.read_text() for path in sorted((ROOT / "console/api").glob("*.py")))
    raised = set(re.findall(r'problem\(\s*\d+,\s*"([a-z-]+)"', sources)) | set(re.findall(r'status\.HTTP_\w+, "([a-z-]+)"', sources))
    shown = set(problems())
    assert raised <= shown
    manual = (ROOT / "docs/api.md").read_text()
    assert not [code for code in shown if f"`{code}`" not in manual]


def test_examples_of_problems_fit_their_schema():
    for example in problems().values():
        against("Problem").validate(example)


def test_there_is_an_example_of_every_type():
    assert set(examples.EVENTS) == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_an_example_of_an_event_is_what_the_reader_and_the_schema_expect(kind):
    event = examples.EVENTS[kind]
    assert read(json.dumps(event).encode()).type == kind
    against("Event").validate(event)
    assert not against("Event").is_valid({key: value for key, value in event.items() if key != "time"})


@pytest.mark.django_db
def test_the_door_takes_every_example(ground):
    key = make.make_key()
    for event in examples.EVENTS.values():
        answer = post(key, event)
        assert answer.status_code == 202, answer.content
        against("Receipt").validate(answer.json())
    answer = post(key, examples.BATCH, BATCH)
    against("EventResults").validate(answer.json())
    assert {one["status"] for one in answer.json()["results"]} == {"duplicate"}
    lines = results(post(key, examples.LINES.encode(), LINES))
    assert [one["status"] for one in lines] == ["conflict", "conflict"]  # the same events in other bytes


def test_examples_of_answers_fit_their_schemas():
    against("Receipt").validate(examples.RECEIPT)
    for result in (*examples.RESULTS, examples.STOPPED):
        against("EventResult").validate(result)


def load_yaml(content):
    return yaml.load(content, Loader=yaml.CSafeLoader)  # the document is long, and the loader in Python slow


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "accept", "media", "load"),
    [
        ("", "*/*", "application/yaml", load_yaml),
        ("", "application/json", "application/json", json.loads),
        ("", "application/vnd.oai.openapi", "application/vnd.oai.openapi", load_yaml),
        ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json", json.loads),
        ("?format=json", "*/*", "application/json", json.loads),
        ("?format=yaml", "*/*", "application/yaml", load_yaml),
    ],
)
def test_it_is_served_as_json_and_yaml(client_of, outsider, query, accept, media, load):
    answer = client_of(outsider).get(f"/api/v1/schema/{query}", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, media)
    assert set(load(answer.content)["paths"]) == set(document()["paths"])


@pytest.mark.django_db
def test_strangers_and_other_formats_get_a_problem(client_of, outsider):
    assert Client().get("/api/v1/schema/").status_code == 403
    answer = client_of(outsider).get("/api/v1/schema/?format=xml")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"].endswith("not-found")
    assert client_of(outsider).post("/api/v1/schema/").status_code == 405


@pytest.mark.django_db
def test_methods_that_are_not_served_are_named_so(client_of, senior):
    review = make.make_review()
    for path in ("/api/v1/reviews/", f"/api/v1/reviews/{review.public_id}/", f"/api/v1/reviews/{review.public_id}/extend/"):
        for method in ("put", "patch", "delete", "options", "trace"):
            assert getattr(client_of(senior), method)(path).status_code == 405


def test_what_is_null_for_want_of_another_value_is_told_to_be():
    """A field without a value is written as its default."""
    kinds = {
        kind for module in MODULES for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, serializers.Serializer)
    }
    made = [(kind.__name__, name, field) for kind in kinds if hasattr(kind, "Meta") for name, field in kind().fields.items()]
    assert len(made) > 200
    assert [(kind, name) for kind, name, field in made if field.default is None and not field.allow_null] == []
