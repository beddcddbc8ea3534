"""Settings, all from the environment; `docs/operations.md` lists every variable.

What is missing gets a safe default for one machine; what is wrong stops the start with one line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from helpdesk.engines import discover
from helpdesk.engines import secrets as engine_secrets
from helpdesk.engines.locks import address_of_up
from helpdesk.lib import env
from helpdesk.lib.ids import derive_secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("HELPDESK_DATA_DIR", str(BASE_DIR / "var"))).resolve()
TESTING = env.boolean("HELPDESK_TESTING")
DEBUG = env.boolean("DEBUG")

# --- who we are -----------------------------------------------------------------------------------
PORT = env.integer("PORT", 8000, low=1, high=65535)
# A command beside a running `up` (mail from a pipe, doctor) says the address at which that one is served.
PUBLIC_URL = env.text("PUBLIC_URL", address_of_up(DATA_DIR) or f"http://127.0.0.1:{PORT}").rstrip("/")
if not PUBLIC_URL.startswith(("http://", "https://")):
    raise env.BadEnvironment(f"PUBLIC_URL must begin with http:// or https://, not {PUBLIC_URL!r}.")
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]," + PUBLIC_URL.split("/")[2].split(":")[0])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
BRAND_NAME = env.text("BRAND_NAME", "Helpdesk")
BRAND_COLOR = env.text("BRAND_COLOR", "#2f5bd7")

_secrets = engine_secrets.load(DATA_DIR)
SECRET_KEY = env.text("SECRET_KEY") or _secrets["SECRET_KEY"]

# --- engines --------------------------------------------------------------------------------------
_engines = {} if env.text("DATABASE_URL") and env.text("REDIS_URL") else discover(DATA_DIR)
DATABASE_URL = env.text("DATABASE_URL") or _engines["DATABASE_URL"]
REDIS_URL = env.text("REDIS_URL") or _engines["REDIS_URL"]
if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise env.BadEnvironment("DATABASE_URL must begin with postgres://: PostgreSQL is the one database we run on.")
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise env.BadEnvironment(f"REDIS_URL must begin with redis:// or rediss://, not {REDIS_URL.split(':')[0]!r}.")

_database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
_database["OPTIONS"] = {
    **_database.get("OPTIONS", {}),
    "connect_timeout": 5,
    # A pool, so that any number of sockets shares a bounded number of connections.
    "pool": {
        "min_size": 0,
        "max_size": env.integer("DATABASE_POOL", 10, low=1, high=200),
        "max_idle": 60,
        "timeout": 15,
        "num_workers": 1,
    },
}
_database["CONN_HEALTH_CHECKS"] = True  # a pool hands out dead connections after PostgreSQL restarted otherwise
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hd",
    }
}
# Pub/sub, not `core`: measured, `core` drops messages at 200/s on one process (see docs/decisions).
CHANNEL_PREFIX = env.text("CHANNEL_PREFIX", "hd")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": CHANNEL_PREFIX},
    }
}

# --- Celery ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = env.text("CELERY_QUEUE", "helpdesk")
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a killed worker's task runs again; every task is safe to repeat
CELERY_TASK_ALWAYS_EAGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# --- applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "axes",
    "csp",
    "helpdesk",
    "helpdesk.audit",
    "helpdesk.outbox",
    "helpdesk.files",
    "helpdesk.hours",
    "helpdesk.people",
    "helpdesk.web",
    "knowledgebase",
    "tickets",
    "chat",
    "reports",
]

MIDDLEWARE = [
    "helpdesk.web.middleware.RequestIdMiddleware",
    "helpdesk.web.middleware.ReadableMiddleware",
    "helpdesk.web.middleware.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.web.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "helpdesk.web.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.web.context.site",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 5 / 60  # hours: throttling lasts minutes and never locks a person out for a day
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a stranger elsewhere cannot lock a colleague out
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "helpdesk.web.views.locked_out"
AXES_VERBOSE = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "hd_session"
CSRF_COOKIE_NAME = "hd_csrf"
CSRF_FAILURE_VIEW = "helpdesk.web.views.csrf_failed"

# --- languages and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "hd_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

# --- files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILES_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES_ROOT},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "helpdesk.web.static.HashedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
WHITENOISE_AUTOREFRESH = TESTING or DEBUG
MAX_UPLOAD_BYTES = env.integer("MAX_UPLOAD_MB", 20, low=1, high=200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- security headers -----------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "object-src": [NONE],
    }
}

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "helpdesk.web.rest_access.TokenAuthentication",
        "helpdesk.web.rest_access.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["helpdesk.web.rest_access.StaffPermission"],
    "DEFAULT_PAGINATION_CLASS": "helpdesk.web.rest_formats.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["helpdesk.web.rest_formats.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["helpdesk.web.rest_formats.StrictJSONParser"],
    "EXCEPTION_HANDLER": "helpdesk.web.errors.problem",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 25,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Tickets and live chat as one record. Errors are RFC 9457 problem documents with a `code`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are used: shared names would change with each new resource
}
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 600, low=1)

# --- mail -----------------------------------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL")  # empty: mails are written to var/mail as .eml files
MAILBOX_URL = env.text("MAILBOX_URL")
SUPPORT_ADDRESS = env.text("SUPPORT_ADDRESS", "support@example.com").lower()
AUTHSERV_ID = env.text("AUTHSERV_ID")
EGRESS_ALLOW = env.words("EGRESS_ALLOW")
ACK_PER_ADDRESS_DAY = env.integer("ACK_PER_ADDRESS_DAY", 3, low=0)
ACK_PER_HOUR = env.integer("ACK_PER_HOUR", 200, low=0)
ACK_PER_PAIR_HOUR = env.integer("ACK_PER_PAIR_HOUR", 3, low=0)
MAX_MAIL_BYTES = env.integer("MAX_MAIL_MB", 30, low=1, high=200) * 1024 * 1024
# The right side of our Message-IDs: nobody else's, so that a mail that carries it is known to be ours.
_mail_domain = SUPPORT_ADDRESS.rpartition("@")[2].encode("idna").decode()
MESSAGE_ID_DOMAIN = f"{derive_secret(SECRET_KEY, 'message-id')[:10]}.desk.{_mail_domain}"
EMAIL_BACKEND = "helpdesk.outbox.backend.OutboxBackend"  # what Django itself sends (password resets)
DEFAULT_FROM_EMAIL = SUPPORT_ADDRESS

# --- chat -----------------------------------------------------------------------------------------
WIDGET_KEY = env.text("WIDGET_KEY") or _secrets["WIDGET_KEY"]
WIDGET_ORIGINS = env.words("WIDGET_ORIGINS")  # besides our own; sites that may embed the widget
WIDGET_TOKEN_SECONDS = env.integer("WIDGET_TOKEN_SECONDS", 24 * 3600, low=60)
WIDGET_IDENTITY_SECRET = env.text("WIDGET_IDENTITY_SECRET")
CHAT_MESSAGES_PER_SECOND = env.integer("CHAT_MESSAGES_PER_SECOND", 5, low=1)
CHAT_BURST = env.integer("CHAT_BURST", 20, low=1)
CHAT_THREADS = env.integer("CHAT_THREADS", 8, low=1, high=64)  # database work of one process's sockets
CHAT_IDLE_SECONDS = env.integer("CHAT_IDLE_SECONDS", 3600, low=60)  # both silent: the live session ends
WIDGET_SESSIONS_PER_MINUTE = env.integer("WIDGET_SESSIONS_PER_MINUTE", 300, low=1)  # per address
MAX_MESSAGE_CHARS = env.integer("MAX_MESSAGE_CHARS", 20_000, low=100)
MAX_FRAME_BYTES = 128 * 1024

# --- logs -----------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "helpdesk.lib.logs.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},  # a line per tick and task says nothing
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
if TESTING or "pytest" in sys.modules:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
