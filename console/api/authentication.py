"""How a program says for whom it speaks: a personal token in `Authorization: Bearer`, beside the session of the pages."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from moderation.actions.tokens import known_token
from moderation.models import ApiToken, User
from moderation.models.tokens import PREFIX


class BadToken(APIException):
    """A token that opens nothing: unknown, expired or revoked, which is not told apart."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "bad_token"
    default_detail = "This token is not known, has expired or was revoked."


class PersonalToken(BaseAuthentication):
    """Lets a program in with a token of one person; its scopes bound what their roles allow."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return person and token, None where no token was sent; raises BadToken."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            return None
        token = known_token(secret.strip())
        if token is None:
            raise BadToken
        token.user.known_by = "token"
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what a refusal asks for."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    """A personal token in the OpenAPI document."""

    target_class = "console.api.authentication.PersonalToken"
    name = "personalToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "Made under *Settings*, *API tokens*; begins with `rpt_`."}
