#!/usr/bin/env python3
"""Run a command of Recourse: `manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

NO_DATABASE = """No database answers. Start `make demo` in another terminal, or name a server in DATABASE_URL.
The server said: {}"""

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.exit(NO_DATABASE.format(str(error).splitlines()[0]))
