"""People in the API: who may come in and with which roles; making them and changing what they may do, by the session of the pages only."""

from __future__ import annotations

from typing import Any

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.people_forms import PersonFilter
from console.persons import described
from console.roles import Can
from console.views.people import add_person, one_time_password
from moderation.actions.leaving import activate_person, deactivate_person, revoke_role
from moderation.actions.people import check_not_oneself, grant_role, set_password
from moderation.models import RoleName, User
from moderation.states import PersonReason

PSEUDONYM = "K-[0-9A-HJKMNP-TV-Z]{4}"
NO_STORE = {"Cache-Control": "no-store"}


class ReadPerson(serializers.Serializer):
    """A person with their roles in force; `id` is the pseudonym that everybody else sees."""

    id = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=RoleName.choices()))
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    last_sign_in = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: User) -> dict[str, Any]:
        """Return the person as the command shows them too."""
        return described(instance)


class WritePerson(serializers.Serializer):
    """Somebody who is to come in, and their first roles."""

    name = serializers.CharField(max_length=100)
    email = serializers.EmailField(max_length=254)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=RoleName.choices()), required=False, max_length=len(RoleName))


class WriteReason(serializers.Serializer):
    """Why."""

    why = serializers.ChoiceField(choices=PersonReason.choices())


class WriteRole(WriteReason):
    """Which role, and why."""

    role = serializers.ChoiceField(choices=RoleName.choices())


class MadePassword(serializers.Serializer):
    """A person and their new password, in the only answer that shows it."""

    person = ReadPerson()
    password = serializers.CharField()


class People(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """People by name."""

    queryset = User.objects.prefetch_related("grants")
    needs = {"list": Can.SEE_PEOPLE, "retrieve": Can.SEE_PEOPLE, "*": Can.MANAGE_PEOPLE}
    order = ("name", "id")
    pagination_class = KeysetPagination
    filterset_class = PersonFilter
    serializer_class = ReadPerson
    lookup_field = "pseudonym"
    lookup_url_kwarg = "id"
    lookup_value_regex = PSEUDONYM

    def filter_queryset(self, queryset: Any) -> Any:  # noqa: ANN401  # DRF's own signature
        """Filter lists only: one person is found whether they come in or not."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def _now(self, person: User) -> Response:
        return Response(ReadPerson(self.get_queryset().get(pk=person.pk)).data)

    def _shown_once(self, person: User, password: str, status: int) -> Response:
        told = {"person": self.get_queryset().get(pk=person.pk), "password": password}
        return Response(MadePassword(told).data, status=status, headers=NO_STORE)

    @sensitive_variables("password")
    @extend_schema(request=WritePerson, responses={201: MadePassword})
    def create(self, request: Request) -> Response:
        """Make somebody with a password that is answered once; 409 for an address that somebody signs in with."""
        said = WritePerson(data=request.data)
        said.is_valid(raise_exception=True)
        wanted = said.validated_data
        made, password = add_person(wanted["email"], wanted["name"], wanted.get("roles", []), by=request.user)
        return self._shown_once(made, password, 201)

    @extend_schema(request=WriteRole, responses=ReadPerson)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def grant(self, request: Request, **kwargs: str) -> Response:
        """Give a role to somebody else; for 24 hours they approve nothing."""
        person, said = self._asked(WriteRole)
        role, why = RoleName(said["role"]), PersonReason(said["why"])
        grant_role(person, role, actor=request.user.as_actor(), granted_by=request.user, why=why)
        return self._now(person)

    @extend_schema(request=WriteRole, responses=ReadPerson)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def revoke(self, request: Request, **kwargs: str) -> Response:
        """Take a role back from somebody else; 409 where nobody would be left who grants roles."""
        person, said = self._asked(WriteRole)
        revoke_role(person, RoleName(said["role"]), actor=request.user.as_actor(), why=PersonReason(said["why"]))
        return self._now(person)

    @extend_schema(request=WriteReason, responses=ReadPerson)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def deactivate(self, request: Request, **kwargs: str) -> Response:
        """Let somebody else in no more: sessions and tokens end, what they claimed goes back; 409 for the last who grants roles."""
        person, said = self._asked(WriteReason)
        return self._now(deactivate_person(person, actor=request.user.as_actor(), why=PersonReason(said["why"])))

    @extend_schema(request=WriteReason, responses=ReadPerson)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def activate(self, request: Request, **kwargs: str) -> Response:
        """Let somebody in again, with the roles they have."""
        person, said = self._asked(WriteReason)
        return self._now(activate_person(person, actor=request.user.as_actor(), why=PersonReason(said["why"])))

    @sensitive_variables("password")
    @extend_schema(request=None, responses=MadePassword)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def password(self, request: Request, **kwargs: str) -> Response:
        """Give somebody else a new password, which is answered once and ends their sessions."""
        person, password = self.get_object(), one_time_password()
        check_not_oneself(person, request.user.as_actor())
        return self._shown_once(set_password(person, password, actor=request.user.as_actor()), password, 200)

    def _asked(self, form: type[WriteReason]) -> tuple[User, dict[str, Any]]:
        said = form(data=self.request.data)
        said.is_valid(raise_exception=True)
        return self.get_object(), said.validated_data
