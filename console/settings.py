"""All settings in one flat file: readers of the environment on top, then what they fill.

`docs/settings.md` lists every variable read here; `tests/test_documents.py` holds it to that.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

from console import embedded


def env(name: str, default: str = "") -> str:
    """Return a variable of the environment, or the default where it is unset or empty."""
    return os.environ.get(name) or default


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes-or-no variable."""
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a `postgresql://` address; `host` may stand in the query, as for a socket folder."""
    parts, patience = urlsplit(url), int(env("DATABASE_TIMEOUT_SECONDS", "10"))
    query = {
        "connect_timeout": patience,
        "tcp_user_timeout": 1000 * patience,  # a connection that is kept may lead to a host that has gone meanwhile
        "keepalives_idle": patience,
        **dict(parse_qsl(parts.query)),
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "OPTIONS": query | {"prepare_threshold": ONLY_ON_REQUEST if env_bool("DATABASE_PREPARE", default=True) else None},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def stored_secret(path: Path) -> str:
    """Return the secret kept in a file, making it on first use; only the owner may read it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


ONLY_ON_REQUEST = 2**31
"""So often would a statement have to be sent before the driver prepared it unasked: Django's hold their values, so none comes twice."""

BASE_DIR = Path(__file__).resolve().parent.parent
RECOURSE_ENV = env("RECOURSE_ENV", "demo")
VAR_DIR = Path(env("RECOURSE_VAR", str(BASE_DIR / "var")))
KEYS_DIR = Path(env("RECOURSE_KEYS", str(VAR_DIR / "keys")))
EXPORTS_DIR = Path(env("RECOURSE_EXPORTS", str(VAR_DIR / "exports")))
REPLAY_DIR = VAR_DIR / "replay"  # a copy of the candidate turns by column; can be deleted at any time
PRODUCTION = RECOURSE_ENV == "production"

DEBUG = False
SECRET_KEY = env("SECRET_KEY") or stored_secret(KEYS_DIR / "django.secret")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

_running = embedded.running_urls(VAR_DIR)
_nowhere = "postgresql://recourse_app@127.0.0.1:1/recourse"
_app_url = env("DATABASE_URL") or (_running.app if _running else _nowhere)
_owner_url = env("DATABASE_OWNER_URL") or (_running.owner if _running and not env("DATABASE_URL") else _app_url)
_sequencer_url = env("DATABASE_SEQUENCER_URL") or (_running.sequencer if _running and not env("DATABASE_URL") else _app_url)
DATABASE_ROLES_APART = len({_app_url, _owner_url, _sequencer_url}) == 3
DATABASES = {
    "default": database(_app_url),
    "owner": database(_owner_url) | {"TEST": {"MIRROR": "default"}},
    "sequencer": database(_sequencer_url) | {"TEST": {"MIRROR": "default"}, "CONN_MAX_AGE": None},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "conversations",
    "moderation",
    "console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.request_id",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.viewing.viewed_as",
    "console.middleware.own_keys",
    "console.middleware.private_pages",
    "console.middleware.illegal_moves",
    "console.middleware.only_forms",
]
MACHINE_MIDDLEWARE = [  # for the doors of `console/requests.py` that only machines knock at
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.request_id",
    "console.middleware.told_to_browsers",
]
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that `templates/django/forms/` goes before Django's own
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.shell.shell",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
        },
    },
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

AUTH_USER_MODEL = "moderation.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
if not PRODUCTION:  # served from the sources; the folder has to exist all the same
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# Security: what a browser is told. A demo on 127.0.0.1 has no TLS, so only production forces it.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # with "no-referrer" a browser sends `Origin: null`, and no form passes the CSRF check
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION and env_bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("TRUST_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CSP_REPORTS = "/csp-reports"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "report-to": "csp" if PRODUCTION else None,  # without TLS browsers report nowhere by it, nor by the next one where it stands
        "report-uri": CSP_REPORTS,
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "console.api.authentication.PersonalToken",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["console.api.permissions.RoleAllows"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "console.contract.operations.Described",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "console.api.errors.problem_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Recourse",
    "DESCRIPTION": "Review and audit of conversations that an AI model chose to end.",
    "VERSION": "1",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["console.contract.document.add_plain_doors"],
}

# Work: PostgreSQL owns it, messages only wake workers; hence no result backend and no long delays.
BROKER_URL = env("BROKER_URL") or embedded.broker_url(VAR_DIR) or "redis://127.0.0.1:1/0"
BROKER_QUEUE = env("BROKER_QUEUE", "recourse")
LEASE_SECONDS = int(env("LEASE_SECONDS", "150"))

# The log
LOG_ORIGIN = env("LOG_ORIGIN", "recourse.local/log")
MERGE_DELAY_SECONDS = 60
LOG_POLICY = env("LOG_POLICY")
LOG_DROPS = env_list("LOG_DROPS", str(VAR_DIR / "published"))
TSA_URL = env("TSA_URL")
TSA_ROOTS = env("TSA_ROOTS")

# Events
EVENT_MAX_BYTES = int(env("EVENT_MAX_BYTES", str(1024 * 1024)))
EVENT_MAX_UNPACKED = int(env("EVENT_MAX_UNPACKED", str(8 * 1024 * 1024)))
EVENT_MAX_BATCH = int(env("EVENT_MAX_BATCH", "10000"))
EVENT_MAX_TURNS = int(env("EVENT_MAX_TURNS", "2000"))
EVENT_MAX_DEPTH = int(env("EVENT_MAX_DEPTH", "32"))
EVENT_MAX_AGE_DAYS = int(env("EVENT_MAX_AGE_DAYS", "730"))
STREAM_MAX_BYTES = int(env("STREAM_MAX_BYTES", str(4 * 1024**3)))
STREAM_MAX_RATIO = int(env("STREAM_MAX_RATIO", "100"))
WORK_KEPT_DAYS = int(env("WORK_KEPT_DAYS", "30"))
WORK_MAX_DEPTH = int(env("WORK_MAX_DEPTH", "1000000"))
EVENT_RATE_PER_MINUTE = int(env("EVENT_RATE_PER_MINUTE", "6000"))
EVENT_TOLERANCE_SECONDS = int(env("EVENT_TOLERANCE_SECONDS", "300"))
IDEMPOTENCY_DAYS = int(env("IDEMPOTENCY_DAYS", "7"))
REFUSALS_DAYS = int(env("REFUSALS_DAYS", "90"))

# Erasure: for how long backups are kept, which every certificate states
KEY_BACKUP_DAYS = int(env("KEY_BACKUP_DAYS", "7"))
DATABASE_BACKUP_DAYS = int(env("DATABASE_BACKUP_DAYS", "35"))

# Retention: the shortest time and the default in days, for text and for names; the hour (UTC) it runs at, the most branches a night
RETENTION_DAYS = int(env("RETENTION_DAYS", "183"))
UNLINK_DAYS = int(env("UNLINK_DAYS", "731"))
RETENTION_HOUR = int(env("RETENTION_HOUR", "3"))
RETENTION_MOST = int(env("RETENTION_MOST", "10000"))

# Lineages
LINEAGE_WINDOW_HOURS = int(env("LINEAGE_WINDOW_HOURS", "24"))
LINEAGE_LIKENESS = int(env("LINEAGE_LIKENESS", "5000"))
LINEAGE_HOUR = int(env("LINEAGE_HOUR", "2"))

# What surfaces are told
WEBHOOK_HOSTS = env_list("WEBHOOK_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost")
WEBHOOK_PRIVATE = env_bool("WEBHOOK_PRIVATE", default=not PRODUCTION)

# Reviews
CLAIM_MINUTES = int(env("CLAIM_MINUTES", "20"))
UNDO_SECONDS = int(env("UNDO_SECONDS", "15"))
SECOND_READ_RATE = env("SECOND_READ_RATE", "0.1")
OPENING_MINUTES = int(env("OPENING_MINUTES", "30"))
URGENT_SAFE_MINUTES = int(env("URGENT_SAFE_MINUTES", "240"))
QUEUE_WEIGHTS = [int(weight) for weight in env_list("QUEUE_WEIGHTS", "6,2,1,1")]
BREAK_MINUTES = int(env("BREAK_MINUTES", "30"))
SITTING_GAP_MINUTES = int(env("SITTING_GAP_MINUTES", "30"))
EXPOSURE_UNITS = [int(units) for units in env_list("EXPOSURE_UNITS", "0,1,2,4")]
EXPOSURE_SITTING = int(env("EXPOSURE_SITTING", "60"))
EXPOSURE_DAY = int(env("EXPOSURE_DAY", "160"))

# Exports
EXPORT_ROWS_ALONE = int(env("EXPORT_ROWS_ALONE", "100000"))
DSA_TABLE = env("DSA_TABLE")
DSA_CLAUSE = env("DSA_CLAUSE", "Usage policy, ending of conversations, revision {version}")
DSA_CLAUSE_URL = env("DSA_CLAUSE_URL")
DSA_TERRITORY = env_list("DSA_TERRITORY", "AT,BE,BG,CY,CZ,DE,DK,EE,ES,FI,FR,GR,HR,HU,IE,IT,LT,LU,LV,MT,NL,PL,PT,RO,SE,SI,SK")
DSA_URL = env("DSA_URL")
DSA_TOKEN = env("DSA_TOKEN")
DSA_PLATFORM = env("DSA_PLATFORM")
DSA_LEGAL_BASIS = env("DSA_LEGAL_BASIS")

# Second opinions: other classifiers beside the first. Hosted judges are off unless named here.
SECOND_OPINIONS = env_list("SECOND_OPINIONS")
JUDGE_ANTHROPIC_URL = env("JUDGE_ANTHROPIC_URL", "https://api.anthropic.com")
JUDGE_ANTHROPIC_KEY = env("JUDGE_ANTHROPIC_KEY")
JUDGE_ANTHROPIC_MODEL = env("JUDGE_ANTHROPIC_MODEL")
JUDGE_OPENAI_URL = env("JUDGE_OPENAI_URL", "https://api.openai.com/v1")
JUDGE_OPENAI_KEY = env("JUDGE_OPENAI_KEY")
JUDGE_OPENAI_MODEL = env("JUDGE_OPENAI_MODEL")
JUDGE_MODERATION_MODEL = env("JUDGE_MODERATION_MODEL", "omni-moderation-latest")
JUDGE_PRICE_IN = float(env("JUDGE_PRICE_IN", "5"))
JUDGE_PRICE_OUT = float(env("JUDGE_PRICE_OUT", "25"))
JUDGE_DAILY_BUDGET = float(env("JUDGE_DAILY_BUDGET", "5"))
JUDGE_PER_MINUTE = int(env("JUDGE_PER_MINUTE", "60"))
JUDGE_TIMEOUT_SECONDS = float(env("JUDGE_TIMEOUT_SECONDS", "20"))
JUDGE_MAX_CHARS = int(env("JUDGE_MAX_CHARS", "200000"))
JUDGE_BATCH = int(env("JUDGE_BATCH", "20"))

LOGGING_CONFIG = None
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ],
)
