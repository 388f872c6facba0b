"""Settings for tests: a fast hasher, eager Celery, no broker, a folder of its own."""

import os
import tempfile

os.environ.setdefault("RECOURSE_VAR", tempfile.mkdtemp(prefix="recourse-test-"))
os.environ["RECOURSE_ENV"] = "test"
os.environ.setdefault("SECRET_KEY", "for tests only")

from console.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_EAGER = True
BROKER_URL = "memory://"
WHITENOISE_AUTOREFRESH = True  # else every test client looks through all static files before its first request
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
SECOND_READ_RATE = "0"
EVENT_MAX_AGE_DAYS = 0  # made-up events lie in any year
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_NAME"), "TEMPLATE": os.environ.get("TEST_DATABASE_TEMPLATE")}  # noqa: F405
