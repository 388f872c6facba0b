"""`manage.py audit_succeed`: open the log that follows one whose database was restored and whose lost entries nobody holds."""

from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from moderation.audit import drops, keys, recovery, succeeding


class Command(BaseCommand):
    """Open the log that follows."""

    help = (
        "Where a restored database has lost entries that were signed, and no copy holds them: say which log would follow, and with --write "
        "open it. Its first entry commits to the last checkpoint of the old log, which stays as it is. Try audit_recover first. "
        "Exit 0 opened or all is proven, 1 what is left is not what was signed, 2 could not run, or there is no need."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to write."""
        parser.add_argument("--write", action="store_true", help="open it; without it nothing is changed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, write: bool, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Open it, or say what would be."""
        try:
            found = succeeding.succeed(settings.LOG_DROPS, write=write)
        except recovery.Contradicted as error:
            self.stderr.write(f"Nothing was opened: {error}")
            raise SystemExit(1) from error
        except (succeeding.NotOpened, drops.DropError, keys.KeyUnusable, OSError, DatabaseError) as error:
            self.stderr.write(f"Nothing was opened: {error}")
            raise SystemExit(2) from error
        for warning in found.passed_over:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(msgspec.json.encode(found).decode() if options["json"] else found.text())
