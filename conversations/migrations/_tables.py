"""Many changes at once, by SQL."""

from pathlib import Path

from django.db.migrations import RunSQL
from django.db.migrations.operations import SeparateDatabaseAndState


class BySql(SeparateDatabaseAndState):
    """Change the database by SQL; the `state_operations` say what that makes of the models.

    One at a time they would take half a minute: Django makes every model class anew after each. So the rendered classes are dropped, and
    made once by whoever asks for them next. A test holds the tables against the models.
    """

    def __init__(self, sql, reverse_sql=None, *, state_operations):
        super().__init__([RunSQL(sql, reverse_sql)], state_operations)

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)


class Tables(BySql):
    """Make tables by the SQL of a file, which is what `sqlmigrate` wrote for the operations that it stands for."""

    def __init__(self, file: Path, state_operations):
        super().__init__(file.read_text(), state_operations=state_operations)
