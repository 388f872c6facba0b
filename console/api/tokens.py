"""One's own API tokens in the API: list, make, revoke; by the session of the pages only, so that no token makes another."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.permissions import InPerson
from console.converters import PUBLIC_ID
from console.views.tokens import LASTS, TokenForm
from moderation.actions.tokens import revoke_token
from moderation.models import ApiToken


class ReadToken(serializers.ModelSerializer):
    """A token without its secret; `begins` are its first characters."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = ApiToken
        fields = ["id", "name", "begins", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]


class WriteToken(serializers.Serializer):
    """What a token is for, what it may do at most, and for how many days."""

    name = serializers.CharField(max_length=60)
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), allow_empty=False)
    lasts = serializers.ChoiceField(choices=LASTS)


class MadeToken(serializers.Serializer):
    """A new token, in the only answer that shows its secret."""

    token = ReadToken()
    secret = serializers.CharField()


class Tokens(viewsets.GenericViewSet):
    """One's own tokens, newest first."""

    queryset = ApiToken.objects.none()
    serializer_class = ReadToken
    permission_classes = [InPerson]
    filter_backends: list[type] = []
    pagination_class = None
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(responses=ReadToken(many=True))
    def list(self, request: Request) -> Response:
        """Return one's tokens. For everybody who is signed in."""
        return Response(ReadToken(ApiToken.objects.filter(user=request.user)[:100], many=True).data)

    @sensitive_variables("made")
    @extend_schema(request=WriteToken, responses={201: MadeToken})
    def create(self, request: Request) -> Response:
        """Make a token; nothing that one may not do oneself can be among its scopes. For everybody who is signed in."""
        said = WriteToken(data=request.data)
        said.is_valid(raise_exception=True)
        form: Any = TokenForm(said.validated_data, user=request.user)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return Response(MadeToken(form.make(request.user)).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses=ReadToken)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: str) -> Response:
        """Let a token open nothing any more. For everybody who is signed in."""
        token = get_object_or_404(ApiToken, public_id=kwargs["id"], user=request.user)
        return Response(ReadToken(revoke_token(token, actor=request.user)).data)
