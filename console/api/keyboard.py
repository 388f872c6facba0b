"""A person's keys in the API: every command with the keys it has for them; the palette reads it too."""

from __future__ import annotations

from typing import Any

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.permissions import InPerson
from console.commands import COMMANDS
from console.keyboard import KeyboardForm, keys_with, own_keys
from moderation.actions.keyboard import set_keyboard
from moderation.models import User


class ReadCommand(serializers.Serializer):
    """A command of the pages, with the keys it has for this person."""

    id = serializers.CharField()
    label = serializers.CharField()
    scope = serializers.CharField(help_text="Where it lives, as the heading of its group in the sheet of keys.")
    keys = serializers.ListField(child=serializers.CharField())


class ReadKeyboard(serializers.Serializer):
    """Whether single keys are on, whether Alt stands before them, which keys are one's own, and all commands."""

    single_keys = serializers.BooleanField()
    alt_before_keys = serializers.BooleanField()
    keymap = serializers.DictField(child=serializers.CharField())
    commands = ReadCommand(many=True)


class WriteKeyboard(serializers.Serializer):
    """The whole of one's keys: what is left out of the map has our key."""

    single_keys = serializers.BooleanField()
    alt_before_keys = serializers.BooleanField()
    keymap = serializers.DictField(child=serializers.CharField(max_length=12), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form, and refuse a command that does not exist."""
        own = attrs.pop("keymap", {})
        if unknown := [name for name in own if name not in KeyboardForm().fields]:
            raise serializers.ValidationError({"keymap": f"There is no command {unknown[0][:40]}."})
        form = KeyboardForm(attrs | own)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return attrs | {"keymap": form.keymap()}


def _facts(user: User) -> dict[str, Any]:
    own = own_keys(user)
    commands = [{"id": one.id, "label": one.label, "scope": one.scope.value, "keys": keys_with(one, own)} for one in COMMANDS]
    return {"single_keys": user.single_keys, "alt_before_keys": user.alt_before_keys, "keymap": own, "commands": commands}


class Keyboards(viewsets.GenericViewSet):
    """One's own keys: there is no id, nobody sees another's."""

    queryset = User.objects.none()
    serializer_class = ReadKeyboard
    permission_classes = [InPerson]
    pagination_class = None

    @extend_schema(responses=forced_singular_serializer(ReadKeyboard))
    def list(self, request: Request) -> Response:
        """Return one's keys, and every command with the keys it has. For everybody who is signed in."""
        return Response(ReadKeyboard(_facts(request.user)).data)

    @extend_schema(request=WriteKeyboard, responses=ReadKeyboard)
    def update(self, request: Request) -> Response:
        """Keep one's keys, as a whole. For everybody who is signed in."""
        said = WriteKeyboard(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(ReadKeyboard(_facts(set_keyboard(request.user, **said.validated_data))).data)
