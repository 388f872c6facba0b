"""Many tables at once, from the SQL that Django writes for them."""

from pathlib import Path

from django.db.migrations import RunSQL
from django.db.migrations.operations import SeparateDatabaseAndState


class Tables(SeparateDatabaseAndState):
    """Make tables by the SQL of a file; `state` are the operations that the SQL was written for.

    One at a time they would take half a minute: Django makes every model class anew after each. So the rendered classes are dropped, and
    made once by whoever asks for them next. The SQL is what `sqlmigrate` wrote for those operations; a test holds the tables against
    the models.
    """

    def __init__(self, file: Path, state_operations):
        super().__init__([RunSQL(file.read_text())], state_operations)

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)
