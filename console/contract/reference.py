"""Pure: the OpenAPI document as people read it, operations by noun and shapes as lists of fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a property: what it is called, what it holds, in words, and which shapes those words name."""

    name: str
    kind: str
    shapes: tuple[str, ...] = ()
    required: bool = False
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A body as it may look."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered under one media type."""

    media: str
    field: Field
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One status with what it carries."""

    status: str
    text: str
    bodies: tuple[Body, ...]
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    noun: str
    needs: tuple[str, ...]
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]

    @property
    def searched(self) -> str:
        """Everything by which it may be found, in small letters."""
        examples = [one.title for answer in self.answers for body in answer.bodies for one in body.examples]
        names = [*(one.name for one in self.parameters), *examples, *(one.title for body in self.bodies for one in body.examples)]
        return " ".join([self.method, self.path, self.summary, self.text, *names, *(one.status for one in self.answers)]).lower()


@dataclass(frozen=True, slots=True)
class Shape:
    """A named schema and its fields."""

    name: str
    text: str
    fields: tuple[Field, ...]
    whole: Field


def operations(document: Schema, wanted: str = "") -> list[Operation]:
    """Return the operations, in the order of their addresses, in which every word that is wanted occurs."""
    every = [_operation(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]
    words = wanted.lower().split()
    return [one for one in every if all(word in one.searched for word in words)]


def shapes(document: Schema, wanted: str = "") -> list[Shape]:
    """Return the named schemas, by name, in whose name, description or fields every word that is wanted occurs."""
    found = [_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    words = wanted.lower().split()
    return [one for one in found if all(word in " ".join([one.name, one.text, *(f.name for f in one.fields)]).lower() for word in words)]


def _operation(path: str, method: str, one: Schema) -> Operation:
    return Operation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one.get("summary") or _plain(one["description"]).partition("\n")[0].rstrip("."),
        text=_plain(one["description"]),
        noun=one["tags"][0],
        needs=tuple(sorted({name for need in one["security"] for name in need})),
        parameters=tuple(_parameter(parameter) for parameter in one.get("parameters", ())),
        bodies=_bodies(one.get("requestBody", {})),
        answers=tuple(_answer(status, answer) for status, answer in one["responses"].items()),
    )


def _parameter(one: Schema) -> Field:
    return _field(one["name"], one["schema"], required=one.get("required", False), place=one["in"], text=one.get("description", ""))


def _answer(status: str, one: Schema) -> Answer:
    return Answer(status, _plain(one.get("description", "")), _bodies(one), tuple(one.get("headers", ())))


def _bodies(one: Schema) -> tuple[Body, ...]:
    return tuple(
        Body(media, _field("", content.get("schema", {})), tuple(_examples(content.get("examples", {}))))
        for media, content in one.get("content", {}).items()
    )


def _examples(found: Schema) -> Iterable[Example]:
    for name, one in found.items():
        value = one["value"]
        yield Example(name, value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False))


def _shape(name: str, schema: Schema) -> Shape:
    required = schema.get("required", ())
    fields = tuple(_field(key, one, required=key in required) for key, one in schema.get("properties", {}).items())
    return Shape(name, _plain(schema.get("description", "")), fields, _field("", schema))


def _field(name: str, schema: Schema, *, required: bool = False, place: str = "", text: str = "") -> Field:
    return Field(name, words(schema), tuple(_named(schema)), required, place, _plain(text or schema.get("description", "")))


def _plain(text: str) -> str:
    return text.replace("`", "")


def _named(schema: Any) -> Iterable[str]:  # noqa: ANN401  # any JSON
    """Yield the shapes a schema names, each once."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(REF)
        for key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties"):
            yield from _named(schema.get(key))
    elif isinstance(schema, list):
        yield from dict.fromkeys(name for one in schema for name in _named(one))


def words(schema: Schema) -> str:
    """Return what a schema holds, in words: its kind, then its limits."""
    if "$ref" in schema:
        return schema["$ref"].removeprefix(REF)
    for key, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if key in schema:
            return between.join(filter(None, (words(one) for one in schema[key])))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    return ", ".join([_kind(schema), *_limits(schema)])


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {words(schema.get('items', {}))}"
    return schema.get("format", kind)


LIMITS = {"minimum": "at least {}", "maximum": "at most {}", "minLength": "{} characters or more", "maxLength": "at most {} characters"}
LIMITS |= {"minItems": "{} or more", "maxItems": "at most {}", "pattern": "matching {}"}


def _limits(schema: Schema) -> list[str]:
    return [text.format(schema[name]) for name, text in LIMITS.items() if name in schema]
