"""The audit log in the API: entries as they were recorded, with their place in the tree."""

from __future__ import annotations

from typing import Any

from rest_framework import mixins, serializers, viewsets

from console.api.pages import KeysetPagination
from console.blinding import plain, withheld
from console.log_filters import AuditFilter
from console.roles import Can
from moderation.models import AuditEntry


class ReadEntry(serializers.ModelSerializer):
    """One entry."""

    log = serializers.CharField(
        source="log.name", default=None, allow_null=True, help_text="The log in whose tree it is; null while it waits for its leaf."
    )
    leaf_index = serializers.IntegerField(source="index", allow_null=True, help_text="Its index in that log.")
    leaf_hash = serializers.SerializerMethodField()
    entry = serializers.SerializerMethodField()
    withheld = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = ["id", "log", "leaf_index", "leaf_hash", "entry", "withheld"]

    def get_leaf_hash(self, entry: AuditEntry) -> str:
        """Return the hash in hex."""
        return bytes(entry.leaf_hash).hex()

    def get_entry(self, entry: AuditEntry) -> dict[str, Any]:
        """Return the recorded object, without action, target, codes and nonce where they are withheld."""
        return plain(entry.entry) if self.get_withheld(entry) else entry.entry

    def get_withheld(self, entry: AuditEntry) -> bool:
        """Return whether all that tells what happened is withheld: this person could still be asked to label what it is about."""
        return entry.id in self.context["hidden"]


class Entries(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Entries, newest first. Asked for by action or target, those that are withheld from whoever asks are left out."""

    queryset = AuditEntry.objects.all()
    needs = {"*": Can.SEE_AUDIT}
    order = ("-id",)
    pagination_class = KeysetPagination
    keys_first = True
    filterset_class = AuditFilter
    serializer_class = ReadEntry

    def get_serializer(self, *args: Any, **kwargs: Any) -> ReadEntry:  # noqa: ANN401  # Django REST framework's own
        """Return the serializer of a page, which knows which entries are withheld."""
        rows: list[AuditEntry] = args[0] if args else []
        kwargs["context"] = self.get_serializer_context() | {"hidden": withheld(self.request.user, rows) if rows else frozenset()}
        return ReadEntry(*args, **kwargs)
