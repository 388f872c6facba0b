"""The audit log in the API: entries as they were recorded, with their place in the tree."""

from __future__ import annotations

from typing import Any

from rest_framework import mixins, serializers, viewsets

from console.api.pages import KeysetPagination
from console.log_filters import AuditFilter
from console.roles import Can
from moderation.models import AuditEntry


class ReadEntry(serializers.ModelSerializer):
    """One entry."""

    leaf_hash = serializers.SerializerMethodField()
    entry = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = ["id", "leaf_index", "leaf_hash", "entry"]

    def get_leaf_hash(self, entry: AuditEntry) -> str:
        """Return the hash in hex."""
        return bytes(entry.leaf_hash).hex()

    def get_entry(self, entry: AuditEntry) -> dict[str, Any]:
        """Return the recorded object."""
        return entry.entry


class Entries(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Entries, newest first."""

    queryset = AuditEntry.objects.all()
    needs = {"*": Can.SEE_AUDIT}
    order = ("-id",)
    pagination_class = KeysetPagination
    keys_first = True
    filterset_class = AuditFilter
    serializer_class = ReadEntry
