"""Roles and database of the embedded PostgreSQL.

| role | signs in | may |
|---|---|---|
| `recourse_owner` | no | own tables and functions |
| `recourse_deploy` | yes | become the owner; migrations run as it |
| `recourse_app` | yes | read and write rows, except where a migration takes that back |
| `recourse_seq` | yes | what migrations grant: give audit entries their place in the log |
| `recourse_audit` | yes | what migrations grant: read the log |

All of it is made again at each start where it is missing, so a later version can add to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

DATABASE = "recourse"
OWNER = "recourse_owner"
SUPERUSER = "postgres"
LOGINS = ("recourse_deploy", "recourse_app", "recourse_seq", "recourse_audit")


def make_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Make the roles that are missing and set the passwords of those that sign in."""
    _make_role(connection, OWNER)
    for name in LOGINS:
        _make_role(connection, name)
        statement = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Literal(passwords[name])))
    connection.execute(sql.SQL("GRANT {} TO recourse_deploy").format(sql.Identifier(OWNER)))


def make_database(connection: psycopg.Connection) -> None:
    """Make the database, owned by the owner role; the connection must be in autocommit mode."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def open_tables_to_app(connection: psycopg.Connection, creator: str = OWNER) -> None:
    """Let `recourse_app` read and write every table that `creator` will make in the connection's database."""
    start = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public ").format(sql.Identifier(creator))
    connection.execute(start + sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO recourse_app"))
    connection.execute(start + sql.SQL("GRANT USAGE, SELECT ON SEQUENCES TO recourse_app"))


def _make_role(connection: psycopg.Connection, name: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
