"""One's own API tokens: the list, making one, revoking one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from console.roles import IN_PERSON, Can, allowed, person
from moderation.actions.tokens import NewToken, make_token, revoke_token
from moderation.models import ApiToken, User

LASTS = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how long."""

    name = forms.CharField(max_length=60, label="What is it for?")
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="It may")
    lasts = forms.ChoiceField(choices=LASTS, initial="30", label="It lasts")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        own = allowed(user)
        self.fields["scopes"].choices = [(can.name.lower(), can.value) for can in Can if can in own - IN_PERSON]  # type: ignore[attr-defined]  # a choice

    def make(self, user: User) -> NewToken:
        """Make the token that was asked for."""
        data = self.cleaned_data
        return make_token(user, data["name"], scopes=data["scopes"], lasts=timedelta(days=int(data["lasts"])))


@sensitive_variables("made")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, and make one, which this one answer shows."""
    user = person(request)
    if request.method != "POST":
        return _page(request, user, TokenForm(user=user))
    form = TokenForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, user, form, status=422)
    return _page(request, user, TokenForm(user=user), made=form.make(user))


def _page(request: HttpRequest, user: User, form: TokenForm, *, made: NewToken | None = None, status: int = 200) -> HttpResponse:
    context = {"rows": ApiToken.objects.filter(user=user)[:100], "form": form, "made": made, "words": _words()}
    answer = render(request, "settings/tokens.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _words() -> dict[str, str]:
    return {can.name.lower(): can.value for can in Can}


@require_POST
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let one of one's tokens open nothing any more."""
    user = person(request)
    revoke_token(get_object_or_404(ApiToken, public_id=public_id, user=user), actor=user)
    messages.success(request, f"{public_id} is revoked.")
    return redirect("tokens")
