"""The tables are written in SQL beside the models: they must say the same."""

import re

import pytest
from django.apps import apps
from django.db import connection

MODELS = [model for app in ("conversations", "moderation") for model in apps.get_app_config(app).get_models()]
COLUMNS = """
    SELECT attribute.attrelid::regclass::text, attribute.attname, attribute.attnotnull, format_type(attribute.atttypid, attribute.atttypmod)
    FROM pg_attribute AS attribute JOIN pg_class AS class ON class.oid = attribute.attrelid
    WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'v') AND attribute.attnum > 0 AND NOT attribute.attisdropped
"""
NAMES = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index
    UNION SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE conrelid <> 0
"""
BEGUN = """
    SELECT less.indexrelid::regclass::text, more.indexrelid::regclass::text FROM pg_index AS less
    JOIN pg_index AS more ON more.indrelid = less.indrelid AND more.indexrelid <> less.indexrelid AND more.indnatts >= less.indnatts
    JOIN pg_class AS one ON one.oid = less.indexrelid JOIN pg_class AS other ON other.oid = more.indexrelid AND other.relam = one.relam
    JOIN pg_class AS class ON class.oid = less.indrelid AND class.relname SIMILAR TO '(conversations|moderation)_%'
    WHERE NOT less.indisunique AND coalesce(less.indpred, less.indexprs, more.indpred, more.indexprs) IS NULL
        AND (string_to_array(more.indkey::text, ' '))[:less.indnatts] = string_to_array(less.indkey::text, ' ')
        AND (string_to_array(more.indclass::text, ' '))[:less.indnatts] = string_to_array(less.indclass::text, ' ')
"""
KEPT_FROM_MODELS = {"moderation_candidateturn": {"xid"}}
"""Columns that only SQL reads."""


def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@pytest.mark.django_db
def test_each_model_has_its_columns_and_no_others():
    found = {}
    for table, name, required, kind in ask(COLUMNS):
        found.setdefault(table, {})[name] = (kind, required)
    for model in MODELS:
        table, fields = model._meta.db_table, model._meta.local_concrete_fields
        own = {field.column: field for field in fields if field.column}
        assert own.keys() == found[table].keys() - KEPT_FROM_MODELS.get(table, set()), table
        if model._meta.managed:
            told = {name: (written(field), not field.null) for name, field in own.items()}
            assert told == {name: found[table][name] for name in own}, table


@pytest.mark.django_db
def test_each_named_index_and_constraint_is_there():
    found = set(ask(NAMES))
    named = {(model._meta.db_table, one.name) for model in MODELS for one in [*model._meta.indexes, *model._meta.constraints]}
    assert not {(table, name) for table, name in named if model_of(table)._meta.managed} - found


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another():
    """Each row would be written once more for it, and PostgreSQL might choose it: all rows of a surface instead of one name's."""
    assert ask(BEGUN) == []


def model_of(table):
    return next(model for model in MODELS if model._meta.db_table == table)


def written(field):
    """Return a field's type as PostgreSQL spells it."""
    return re.sub(r"^varchar\b", "character varying", field.db_type(connection))
