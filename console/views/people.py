"""Signing in and out, each recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.demo.people import PASSWORD
from console.roles import person
from moderation.actions.people import may_try, note_failed_sign_in, note_sign_in, note_sign_out
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
