"""Environment variables: what is read, and what is refused by name."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from loyalty import environment

BASE = Path("/base")


@pytest.fixture
def given(monkeypatch):
    """Set the variable X."""
    return lambda value: monkeypatch.setenv("X", value)


@pytest.mark.parametrize("value", ["true", "True", "YES", "on", "1", " 1 "])
def test_these_words_mean_true(given, value):
    given(value)
    assert environment.boolean("X", default=False) is True


@pytest.mark.parametrize("value", ["false", "False", "no", "OFF", "0"])
def test_these_words_mean_false(given, value):
    given(value)
    assert environment.boolean("X", default=True) is False


def test_an_empty_variable_counts_as_not_set(given):
    given(" ")
    assert environment.boolean("X", default=True) is True
    assert environment.integer("X", default=7) == 7
    assert environment.text("X", "seven") == "seven"
    assert environment.words("X") == []
    assert environment.cache("X") is None
    assert environment.broker("X") == ""


@pytest.mark.parametrize("value", ["flase", "2", "enabled"])
def test_an_unknown_boolean_is_refused_by_name(given, value):
    given(value)
    with pytest.raises(ImproperlyConfigured, match=f"X must be true .*'{value}'"):
        environment.boolean("X", default=True)


@pytest.mark.parametrize("value", ["ten", "1.5", "-1", "1e3"])
def test_what_is_no_whole_number_is_refused_by_name(given, value):
    given(value)
    with pytest.raises(ImproperlyConfigured, match="X must be a whole number, 0"):
        environment.integer("X", default=1)


def test_a_choice_is_read_in_any_case_and_must_be_one_of_the_choices(given):
    given("debug")
    assert environment.choice("X", default="INFO", choices=["DEBUG"]) == "DEBUG"
    given("loud")
    with pytest.raises(ImproperlyConfigured, match="X must be one of DEBUG"):
        environment.choice("X", default="INFO", choices=["DEBUG"])


def test_a_list_loses_blanks_and_empty_items(given):
    given("a.example.com, b.example.com,,")
    assert environment.words("X") == ["a.example.com", "b.example.com"]


def test_an_origin_has_a_scheme(given):
    given("https://a.example.com")
    assert environment.origins("X") == ["https://a.example.com"]
    given("a.example.com")
    with pytest.raises(ImproperlyConfigured, match="X must be origins such as https"):
        environment.origins("X")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///points.sqlite3", "/base/points.sqlite3"),
        ("sqlite:////var/points.sqlite3", "/var/points.sqlite3"),
        ("sqlite://", ":memory:"),
        ("sqlite://:memory:", ":memory:"),
    ],
)
def test_a_sqlite_path_is_taken_from_the_base_directory(given, url, name):
    given(url)
    config = environment.database("X", default="", base=BASE)
    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == name


def test_a_postgresql_url_gives_each_part_decoded(given):
    given("postgres://staff:p%40ss@db.example.com:6432/points?sslmode=require")
    config = environment.database("X", default="", base=BASE)
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert config["NAME"] == "points"
    assert config["USER"] == "staff"
    assert config["PASSWORD"] == "p@ss"
    assert config["HOST"] == "db.example.com"
    assert config["PORT"] == 6432
    assert config["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url",
    [
        "points.sqlite3",
        "sqlite://points.sqlite3",
        "sqlite:///",
        "mysql://u@h/points",
        "postgres:/points",
        "postgres://u@h",
        "postgres://u@h:port/points",
        "postgres://u@h:99999/points",
        "postgres://u:a/b#c@h/points",
    ],
)
def test_a_database_url_that_makes_no_sense_is_refused_by_name(given, url):
    given(url)
    with pytest.raises(ImproperlyConfigured, match="X must be sqlite:///file"):
        environment.database("X", default="", base=BASE)


def test_a_refused_url_does_not_show_its_password(given):
    given("mysql://staff:hunter2@h/points")
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.database("X", default="", base=BASE)
    assert "hunter2" not in str(caught.value)
    assert "mysql://***@h/points" in str(caught.value)


def test_a_redis_url_gives_a_redis_cache(given):
    given("redis://127.0.0.1:6379/1")
    assert environment.cache("X") == {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:6379/1",
    }


@pytest.mark.parametrize("url", ["redis", "memory://x", "127.0.0.1:6379"])
def test_a_cache_url_that_makes_no_sense_is_refused_by_name(given, url):
    given(url)
    with pytest.raises(ImproperlyConfigured, match="X must be a URL such as redis"):
        environment.cache("X")


def test_a_broker_is_a_url(given):
    given("amqp://staff@127.0.0.1//")
    assert environment.broker("X") == "amqp://staff@127.0.0.1//"
    given("127.0.0.1:6379")
    with pytest.raises(ImproperlyConfigured, match="X must be a URL such as redis"):
        environment.broker("X")


def test_the_file_is_the_default_if_it_is_there(monkeypatch, tmp_path):
    monkeypatch.delenv("X", raising=False)
    default = tmp_path / ".env"
    assert environment.optional_file("X", default=default) is None
    default.touch()
    assert environment.optional_file("X", default=default) == default


def test_a_named_file_replaces_the_default_and_an_empty_name_reads_none(
    given, tmp_path
):
    (named := tmp_path / "named").touch()
    (default := tmp_path / ".env").touch()
    given(str(named))
    assert environment.optional_file("X", default=default) == named
    given("")
    assert environment.optional_file("X", default=default) is None


def test_a_named_file_that_is_missing_is_refused(given, tmp_path):
    given(str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="X must be a file that exists"):
        environment.optional_file("X", default=tmp_path / ".env")
