"""`manage.py audit_witness`: a witness for the logs of others, on a machine of its own."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console.witness import server
from moderation.audit import keys, notes
from moderation.audit.witnessing import Memory, Witness


class Command(BaseCommand):
    """Cosign checkpoints until stopped."""

    help = "Cosign the checkpoints of logs, each only if it continues the last. Needs no database. Exit 2: could not run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take key, logs, memory and address."""
        parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="made by: audit_keygen witness --name NAME")
        parser.add_argument("--log", action="append", required=True, metavar="VKEY", help="the public key of a log; may be given again")
        parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="where it remembers what it cosigned (SQLite)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8100, help="port to listen on (default 8100; 0: any)")

    def handle(self, *, host: str, port: int, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Serve."""
        try:
            logs = [notes.parse_vkey(vkey) for vkey in options["log"]]
            witness = Witness(keys.witness_signer(options["key"]), logs, Memory(options["state"]))
            listening = server(witness, host, port)
        except (OSError, keys.KeyUnusable, notes.NoteError) as error:
            self.stderr.write(f"Could not start: {error}")
            raise SystemExit(2) from error
        self.stdout.write(f"{witness.signer.verifier.vkey}\nhttp://{host}:{listening.server_port}")
        self.stdout.flush()
        listening.serve_forever()
