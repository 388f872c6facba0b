"""The forms about people: who comes in, what they may do and why that changes; and which of them are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from console.filters import EVERYTHING
from moderation.models import RoleGrant, RoleName, User
from moderation.states import PersonReason

WHY = [("", "Choose a reason"), *PersonReason.choices()]


class WhyForm(forms.Form):
    """Why what somebody may do changes."""

    why = forms.ChoiceField(choices=WHY, label="Why")

    def reason(self) -> PersonReason:
        """Return the reason that was chosen."""
        return PersonReason(self.cleaned_data["why"])


class RoleForm(WhyForm):
    """Which role, and why."""

    role = forms.ChoiceField(label="Role")
    field_order = ("role", "why")

    def __init__(self, *args: Any, roles: Iterable[RoleName] = RoleName, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "Choose a role"), *((role.value, role.label) for role in roles)]  # type: ignore[attr-defined]  # a choice

    def chosen(self) -> RoleName:
        """Return the role that was chosen."""
        return RoleName(self.cleaned_data["role"])


class AddForm(forms.Form):
    """Somebody who is to come in."""

    name = forms.CharField(max_length=100, label="Name", help_text="Only who manages people and audits sees it; others see a pseudonym.")
    email = forms.EmailField(max_length=254, label="E-mail", help_text="They sign in with it. Nothing is sent there.")
    roles = forms.MultipleChoiceField(choices=RoleName.choices(), widget=forms.CheckboxSelectMultiple, required=False, label="Roles")


class PersonFilter(django_filters.FilterSet):
    """Which people: by name, address or pseudonym, by role, and whether they may come in; those who may unless asked."""

    q = django_filters.CharFilter(method="by_words", label="Name, e-mail or pseudonym", max_length=254)
    role = django_filters.ChoiceFilter(choices=RoleName.choices(), method="by_role", label="Role", empty_label=EVERYTHING)
    standing = django_filters.ChoiceFilter(
        choices=[("all", "All"), ("left", "Deactivated")], method="by_standing", label="Standing", empty_label="Active"
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_words(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Filter by a part of what somebody is called."""
        return rows.filter(Q(name__icontains=value) | Q(email__icontains=value) | Q(pseudonym__icontains=value))

    def by_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Filter by a role in force."""
        return rows.filter(Exists(RoleGrant.objects.in_force().filter(user=OuterRef("pk"), role=value)))

    def by_standing(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Filter by who comes in no more, or by nothing."""
        return rows if value == "all" else rows.filter(is_active=False)

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        """Hide who comes in no more unless asked."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("standing") else rows.filter(is_active=True)
