"""Verifications of the log in the API: ask for one, follow it, read what it found."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.converters import PUBLIC_ID
from console.roles import Can, person
from moderation.actions.verifications import request_verification
from moderation.models import Verification


class ReadVerification(serializers.ModelSerializer):
    """One verification: `sound` is null until it is finished, and where it could not run, for the reason in `error`."""

    id = serializers.CharField(source="public_id")
    requested_by = serializers.CharField(source="requested_by.pseudonym")
    report = serializers.DictField()

    class Meta:
        model = Verification
        fields = ["id", "requested_by", "requested_at", "entries", "entries_done", "finished_at", "sound", "error", "report"]


class Verifications(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Verifications of the whole log by a worker."""

    queryset = Verification.objects.select_related("requested_by")
    needs = {"retrieve": Can.SEE_AUDIT, "create": Can.VERIFY_LOG}
    filter_backends: list[type] = []
    serializer_class = ReadVerification
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(request=None, responses={202: ReadVerification})
    def create(self, request: Request) -> Response:
        """Ask a worker to re-hash every entry, rebuild the tree and check every checkpoint."""
        made = request_verification(actor=person(request))
        return Response(ReadVerification(made).data, status=status.HTTP_202_ACCEPTED)
