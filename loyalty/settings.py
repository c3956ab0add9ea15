"""Django's settings: one file, driven by the environment and an optional `.env`.

Every variable is described in `.env.example`. A value that makes no sense stops the
start with a message that names the variable.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from loyalty import environment, logs, look

BASE_DIR = Path(__file__).resolve().parent.parent

# An empty ENV_FILE reads no file at all, which is how the tests start.
if env_file := environment.optional_file("ENV_FILE", default=BASE_DIR / ".env"):
    environment.read_file(env_file)

DEBUG = environment.boolean("DEBUG", default=False)

# --- Secrets and hosts ----------------------------------------------------------------

SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY must be a long random text when DEBUG is off. `make run` writes "
            "one into .env; without make, see .env.example."
        )
    SECRET_KEY = "django-insecure-only-for-development"  # noqa: S105

# What the digests of API secrets are keyed with.
API_SECRET_PEPPER = environment.text("API_SECRET_PEPPER", default=SECRET_KEY)

ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# --- HTTPS: on unless DEBUG is ---------------------------------------------------------

SECURE_SSL_REDIRECT = environment.boolean("SECURE_SSL_REDIRECT", default=not DEBUG)
SESSION_COOKIE_SECURE = environment.boolean("SECURE_COOKIES", default=not DEBUG)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_FAILURE_VIEW = "loyalty.admin.refused.stale_form"
SECURE_HSTS_SECONDS = environment.integer(
    "SECURE_HSTS_SECONDS", default=0 if DEBUG else 3600
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.boolean(
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False
)
SECURE_HSTS_PRELOAD = environment.boolean("SECURE_HSTS_PRELOAD", default=False)
# Only behind a proxy that sets this header itself: otherwise anybody could.
if environment.boolean("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Whether the whole domain and its subdomains are HTTPS only is for its owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- Parts ----------------------------------------------------------------------------

INSTALLED_APPS = [
    # Before django.contrib.admin, whose templates it replaces.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    # Before staticfiles: `runserver` then serves static files as production does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "schemes",
    "accounts",
    "transactions",
    "loyalty",
]

MIDDLEWARE = [
    # First, so that every answer and every log line carries the request's name.
    "loyalty.api.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "loyalty.admin.language.AdminLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Remembers who changed a rule.
    "simple_history.middleware.HistoryRequestMiddleware",
    # Last, so that nothing but the view is inside its database transaction.
    "loyalty.api.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "loyalty.urls"
WSGI_APPLICATION = "loyalty.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------

_database = environment.database(
    "DATABASE_URL", default="sqlite:///db.sqlite3", base=BASE_DIR
)
_pool_size = environment.integer("DATABASE_POOL_SIZE", default=0)

if _database["ENGINE"] == "django.db.backends.sqlite3":
    if _pool_size:
        raise ImproperlyConfigured("DATABASE_POOL_SIZE is for PostgreSQL, not SQLite.")
    _database["OPTIONS"] = {
        # A transaction takes the write lock when it begins. SQLite's own default takes
        # it at the first write, and then fails with "database is locked".
        "transaction_mode": "IMMEDIATE",
        # Seconds to wait for that lock.
        "timeout": 20,
        # Readers do not wait for the writer, nor the writer for them.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    _options: dict[str, Any] = _database.setdefault("OPTIONS", {})
    _database["CONN_HEALTH_CHECKS"] = True
    if _pool_size:
        # Django refuses a pool together with persistent connections.
        _options["pool"] = {"min_size": 1, "max_size": _pool_size}
        _database["CONN_MAX_AGE"] = 0
    else:
        _database["CONN_MAX_AGE"] = 60

DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": environment.cache("CACHE_URL")
    or {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Work that happens by itself ------------------------------------------------------

# Empty: `manage.py work` does it, beside the web server, and no broker is needed.
CELERY_BROKER_URL = environment.broker("CELERY_BROKER_URL")

# Whether anybody works beside the web server; if not, it processes requests itself.
HAS_WORKER = environment.boolean("WORKER", default=bool(CELERY_BROKER_URL))

# What `manage.py work` calls with `now=` once an hour, beside the sweeps.
HOUSEKEEPING = [
    "loyalty.api.idempotency.forget_old",
    "transactions.jobs.files.forget_old",
]

# --- Staff log-in ---------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Language and time ----------------------------------------------------------------

# English is what programs are told; staff choose one of these for the admin.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
# The second holds what unfold and Django say by themselves and do not translate.
LOCALE_PATHS = [BASE_DIR / "loyalty/locale", BASE_DIR / "loyalty/locale_of_others"]
FORMAT_MODULE_PATH = "loyalty.formats"
# Moments are kept in UTC; a scheme's rules are computed in the scheme's own zone.
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files ---------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
# In development files are served from where they are, with no collectstatic before.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG

# --- API ------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # Closed by default: who shows no secret and no staff session gets nowhere.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "loyalty.api.authentication.ClientAuthentication",
        "loyalty.api.authentication.StaffAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["loyalty.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["loyalty.api.throttling.CallerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["loyalty.api.parsers.CleanJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "loyalty.api.filters.Search",
        "loyalty.api.filters.Ordering",
    ],
    "DEFAULT_PAGINATION_CLASS": "loyalty.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "loyalty.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute of a client that has no limit of its own.
API_RATE_LIMIT = environment.integer("API_RATE_LIMIT", default=6000, minimum=1)
# Lets a monitor read /metrics; empty: only superusers may, and in development everybody.
METRICS_TOKEN = environment.text("METRICS_TOKEN")

SPECTACULAR_SETTINGS = {
    "TITLE": "Loyalty",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Points that are granted now, become spendable later, are spent "
    "oldest-expiry-first and lapse on time.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LifeStatus": "schemes.models.scheme.Status.choices",
        "RowStatus": ["BOOKED", "REFUSED", "UNDONE"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "loyalty.api.schema.close_requests",
        "loyalty.api.schema.add_errors",
        "loyalty.api.schema.add_examples",
    ],
}

# --- Admin ----------------------------------------------------------------------------

UNFOLD = look.UNFOLD

# --- Logging --------------------------------------------------------------------------

LOG_LEVEL = environment.choice(
    "LOG_LEVEL",
    default="INFO",
    choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
)
# Lines for people, or one JSON object a line for a log store.
LOG_FORMAT = environment.choice(
    "LOG_FORMAT", default="LINE" if DEBUG else "JSON", choices=("LINE", "JSON")
)
LOGGING = logs.to_console(level=LOG_LEVEL, line_format=LOG_FORMAT)
