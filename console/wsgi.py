"""The WSGI application that the web server runs. In production it refuses to start on an unsafe database."""

import os

from django.conf import settings
from django.core.checks import Error, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

application = get_wsgi_application()

if settings.PRODUCTION:
    errors = [found for found in run_checks(tags=[Tags.database], databases=["default"]) if isinstance(found, Error)]
    if errors:
        raise ImproperlyConfigured("; ".join(f"{error.msg} {error.hint}" for error in errors))
