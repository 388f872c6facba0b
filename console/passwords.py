"""A new password at a command: typed twice without echo, or one line from standard input. It is never an argument, which others see."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass

from django.core.management.base import CommandError


def add_password_option(parser: ArgumentParser) -> None:
    """Let a command take a password from a program."""
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password as one line from standard input; else it is asked for without echo"
    )


def new_password(*, from_stdin: bool) -> str:
    """Return a password; raises CommandError where there is none, or where the second differs from the first."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("The same again: ") != password:
            raise CommandError("The two are not the same. Nothing was changed.", returncode=2)
    else:
        raise CommandError("There is no terminal to ask at: pass the password with --password-stdin.", returncode=2)
    if not password:
        raise CommandError("The password is empty. Nothing was changed.", returncode=2)
    return password
