"""The reference page shows the whole OpenAPI document, and finds in it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from console.contract.document import document
from console.contract.reference import operations, shapes, words

pytestmark = pytest.mark.django_db


def test_every_operation_shape_and_problem_is_on_the_page(client_of, outsider):
    page = client_of(outsider).get("/reference/").content.decode()
    for operation in operations(document()):
        assert f'id="{operation.id}"' in page
    for shape in shapes(document()):
        assert f'id="shape-{shape.name}"' in page
    for problem in ("bad-signature", "already-ended", "key-reused"):
        assert problem in page


def test_links_within_the_page_lead_somewhere_and_none_leads_out(client_of, outsider):
    page = client_of(outsider).get("/reference/").content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize(
    ("find", "present", "absent"),
    [
        ("idempotency", "events_send", "reviews_list"),
        ("reviews submit", "reviews_submit_create", "reviews_list"),
        ("already-ended", "events_send", "audit_list"),
        ("leaf_hash", "shape-Receipt", "events_send"),
        ("RECEIPTS proof", "receipts_proof", "events_send"),
    ],
)
def test_words_find_addresses_fields_and_problems(client_of, outsider, find, present, absent):
    client = client_of(outsider)
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get("/reference/", {"find": find}, headers=headers).content.decode()
        assert f'id="{present}"' in page
        assert f'id="{absent}"' not in page
        assert ("<html" in page) is not bool(headers)


def test_nothing_found_says_what_to_try(client_of, outsider):
    page = client_of(outsider).get("/reference/", {"find": "<script>zyzzy"}).content.decode()
    assert "Nothing here has these words" in page
    assert "<script>zyzzy" not in page


def test_it_is_linked_from_the_menu_of_every_page(client_of, outsider):
    assert reverse("reference") in client_of(outsider).get("/").content.decode()


def test_strangers_sign_in_first_and_only_reading_is_served(client_of, outsider):
    assert Client().get("/reference/").status_code == 302
    assert client_of(outsider).post("/reference/").status_code == 405


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/components/schemas/Receipt"}, "Receipt"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]}, 'date or ""'),
        ({"type": "array", "items": {"type": "integer", "minimum": 0}}, "list of integer, at least 0"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["up", None]}, '"up" or null'),
        ({}, "anything"),
    ],
)
def test_schemas_are_said_in_words(schema, said):
    assert words(schema) == said
