"""Django's settings. Where the server is found and what it keeps comes from the environment.

OPENEDX_DATABASE: an SQLite file. OPENEDX_API: where tools reach it (the issuer). OPENEDX_PAGES: where browsers do.
"""

import os

SECRET_KEY = "for tests only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ, TIME_ZONE = True, "UTC"
ROOT_URLCONF = "web.openedx.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "lti_consumer",
    "web.openedx",
]
MIDDLEWARE = [
    "web.openedx.failures.FailOnRequest",
    "edx_django_utils.cache.middleware.RequestCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["OPENEDX_DATABASE"],
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

PLATFORM_NAME = "Open edX"
USAGE_ID_PATTERN = r"(?P<usage_id>[^/]+)"
LTI_API_BASE = os.environ["OPENEDX_API"]
LTI_BASE = LMS_ROOT_URL = os.environ["OPENEDX_PAGES"]
if LTI_BASE.startswith("https:"):
    SESSION_COOKIE_SECURE, SESSION_COOKIE_SAMESITE = True, "None"  # as Open edX asks for, for Deep Linking
