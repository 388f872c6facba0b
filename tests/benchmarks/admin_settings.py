"""The product's database, people and sessions under the middleware of a fresh Django project, with `django.contrib.admin` for pages."""

from console.settings import *  # noqa: F403
from console.settings import INSTALLED_APPS as OURS
from console.settings import TEMPLATES as PAGES

ROOT_URLCONF = "tests.benchmarks.admin"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
INSTALLED_APPS = ["django.contrib.admin.apps.SimpleAdminConfig", *OURS]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_options = PAGES[0]["OPTIONS"]
_ours = "console.shell.shell"  # the frame of our pages, which the admin has not to pay for
TEMPLATES = [PAGES[0] | {"OPTIONS": _options | {"context_processors": [name for name in _options["context_processors"] if name != _ours]}}]
