"""The WSGI application that the web server runs. In production it refuses to start on an unsafe database or with a changed classifier.

21 November 2026: what was made while starting is taken out of the collector's sight, for each full collection went through all of it; a
batch of events costs a tenth less.
"""

import gc
import os

import django
import scipy.stats  # noqa: F401 - comes with the first estimate otherwise, and that page would wait for it
from django.conf import settings
from django.core.checks import Error, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured

from console.requests import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

django.setup(set_prefix=False)
application = Handler()
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)  # a thousand events make some hundred thousand objects: looked through every 700, a tenth of their time

if settings.PRODUCTION:
    errors = [found for found in run_checks(tags=[Tags.database, "classifiers"], databases=["default"]) if isinstance(found, Error)]
    if errors:
        raise ImproperlyConfigured("; ".join(f"{error.msg} {error.hint}" for error in errors))
