"""The settings as a process meets them: started afresh with a given environment."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

SHOW = """
import json
from loyalty import settings
print(json.dumps({n: getattr(settings, n) for n in dir(settings) if n.isupper()},
                 default=str))
"""
PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "a-long-random-text-of-more-than-fifty-characters-0123456789",
    "ALLOWED_HOSTS": "points.example.com",
    "DATABASE_URL": "postgres://u:p@127.0.0.1/points",
}


def python(*arguments, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        env=kept | {"ENV_FILE": ""} | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def settings_with(**environment):
    answer = python("-c", SHOW, **environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def refusal_with(**environment):
    answer = python("-c", SHOW, **environment)
    assert answer.returncode != 0
    return answer.stderr.strip().splitlines()[-1]


def test_nothing_set_is_a_refusal_that_asks_for_a_secret_key():
    assert "SECRET_KEY must be a long random text" in refusal_with()


def test_debug_needs_nothing_else():
    found = settings_with(DEBUG="true")
    assert found["SECRET_KEY"].startswith("django-insecure-")
    assert found["DATABASES"]["default"]["NAME"].endswith("db.sqlite3")
    assert found["SECURE_SSL_REDIRECT"] is False
    assert found["SESSION_COOKIE_SECURE"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0


def test_production_is_https_only_with_manifest_files():
    found = settings_with(**PRODUCTION)
    assert found["DEBUG"] is False
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_HSTS_SECONDS"] == 3600
    assert "Manifest" in found["STORAGES"]["staticfiles"]["BACKEND"]


def test_a_proxy_is_trusted_with_the_scheme_only_when_told():
    assert "SECURE_PROXY_SSL_HEADER" not in settings_with(**PRODUCTION)
    found = settings_with(**PRODUCTION, TRUST_X_FORWARDED_PROTO="true")
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_postgresql_keeps_its_connections_and_checks_them():
    found = settings_with(**PRODUCTION)["DATABASES"]["default"]
    assert found["CONN_MAX_AGE"] == 60
    assert found["CONN_HEALTH_CHECKS"] is True
    assert "pool" not in found["OPTIONS"]


def test_a_pool_replaces_kept_connections():
    found = settings_with(**PRODUCTION, DATABASE_POOL_SIZE="8")["DATABASES"]["default"]
    assert found["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 8}
    assert found["CONN_MAX_AGE"] == 0


def test_options_in_a_postgresql_url_reach_the_driver():
    found = settings_with(
        **PRODUCTION | {"DATABASE_URL": "postgres://h/points?sslmode=require"}
    )
    assert found["DATABASES"]["default"]["OPTIONS"]["sslmode"] == "require"


def test_sqlite_waits_for_the_write_lock():
    found = settings_with(DEBUG="true")["DATABASES"]["default"]["OPTIONS"]
    assert found["transaction_mode"] == "IMMEDIATE"
    assert found["timeout"] == 20
    assert "journal_mode=WAL" in found["init_command"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("SECURE_SSL_REDIRECT", "ja"),
        ("SECURE_HSTS_SECONDS", "an hour"),
        ("DATABASE_URL", "oracle://h/points"),
        ("DATABASE_POOL_SIZE", "-3"),
        ("CACHE_URL", "somewhere"),
        ("CELERY_BROKER_URL", "somewhere"),
        ("CSRF_TRUSTED_ORIGINS", "points.example.com"),
        ("LOG_LEVEL", "chatty"),
        ("ENV_FILE", "/no/such/file"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name, value):
    message = refusal_with(**PRODUCTION | {name: value})
    assert "ImproperlyConfigured" in message
    assert f"{name} must be" in message


def test_a_pool_on_sqlite_is_refused():
    message = refusal_with(DEBUG="true", DATABASE_POOL_SIZE="5")
    assert "DATABASE_POOL_SIZE is for PostgreSQL" in message


def test_the_environment_wins_over_the_file(tmp_path):
    (file := tmp_path / "env").write_text("DEBUG=true\nLOG_LEVEL=ERROR\n")
    found = settings_with(ENV_FILE=str(file), LOG_LEVEL="WARNING")
    assert found["DEBUG"] is True
    assert found["LOG_LEVEL"] == "WARNING"


def test_the_example_file_starts_once_it_has_a_key(tmp_path):
    example = (settings.BASE_DIR / ".env.example").read_text()
    (file := tmp_path / "env").write_text(
        example.replace("SECRET_KEY=", "SECRET_KEY=from-the-file")
    )
    assert settings_with(ENV_FILE=str(file))["SECRET_KEY"] == "from-the-file"


def test_the_deployment_check_finds_nothing_to_say_about_production():
    answer = python(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION
    )
    assert answer.returncode == 0, answer.stderr


def test_the_settings_need_no_broker():
    assert settings.CELERY_BROKER_URL == ""


def test_the_schedule_names_the_tasks():
    from loyalty.celery import app

    assert {
        entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()
    } == {
        "transactions.tasks.activate_due": 60,
        "transactions.tasks.expire_due": 60,
        "transactions.tasks.process_requests": 5,
        "transactions.tasks.run_jobs": 5,
        "transactions.tasks.close_figures": 60,
        "loyalty.tasks.keep_house": 3600,
    }
