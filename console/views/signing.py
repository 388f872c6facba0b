"""Signing in and out and changing one's password, each recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from console.demo.people import PASSWORD
from console.roles import person
from moderation.actions.people import may_try, note_failed_sign_in, note_sign_in, note_sign_out, set_password
from moderation.models import User


class SignIn(LoginView):
    """Sign in with e-mail and password; demo sign-ins are listed where the demo world has them."""

    template_name = "people/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  # Django's own signature
        """Turn away after too many wrong passwords, before another one is even looked at."""
        if may_try(_named(request.POST.get("username", ""))):
            return super().post(request, *args, **kwargs)
        messages.error(request, "Too many wrong passwords. Try again in ten minutes.")
        form = self.get_form_class()(request)
        return self.render_to_response(self.get_context_data(form=form), status=429, headers={"Retry-After": "600"})

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Note who came in."""
        user = form.get_user()
        assert isinstance(user, User)  # the only user model there is
        with transaction.atomic():
            note_sign_in(user)
            return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Note the wrong password, without naming who does not exist."""
        note_failed_sign_in(_named(form.cleaned_data.get("username", "")))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # Django's own signature
        """Add the demo people, where there are any."""
        demo = User.objects.filter(is_demo=True, is_active=True).prefetch_related("grants").order_by("name")
        return super().get_context_data(**kwargs) | {"demo_people": demo, "demo_password": PASSWORD}


def _named(email: str) -> User | None:
    """Return whom an e-mail names, if anybody."""
    return User.objects.filter(email__iexact=email[:254]).first() if email.isprintable() else None


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    note_sign_out(person(request))
    logout(request)
    return redirect("sign-in")


class PasswordForm(PasswordChangeForm):
    """One's password as it was and as it is to be; the rule in one sentence in place of Django's list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = "At least 12 characters, and nothing that others could guess."


@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password, which ends one's other sessions; a wrong one counts as a failed sign-in."""
    user = person(request)
    form = PasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "settings/password.html", {"form": form})
    if not may_try(user):
        messages.error(request, "Too many wrong passwords. Try again in ten minutes.")
        answer = render(request, "settings/password.html", {"form": PasswordForm(user)}, status=429)
        answer["Retry-After"] = "600"
        return answer
    if not form.is_valid():
        if "old_password" in form.errors:
            note_failed_sign_in(user)
        return render(request, "settings/password.html", {"form": form}, status=422)
    changed = set_password(user, form.cleaned_data["new_password1"], actor=user.as_actor())
    update_session_auth_hash(request, changed)
    messages.success(request, "Your password is changed. Wherever else you were signed in, you are no more.")
    return redirect("settings")
