"""Every request has a name, which its answer, its errors and its log lines carry."""

import json
import logging
import sys

import pytest
from django.test import Client

from loyalty.api.requests import JsonFormatter, current


@pytest.fixture
def log():
    """The JSON lines that the loyalty loggers write."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(json.loads(self.format(record)))

    handler = Keep()
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("loyalty")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_the_log_line_of_a_request_carries_its_name(log):
    answer = Client().get("/healthz", headers={"X-Request-Id": "till-7.42_a"})
    assert answer["X-Request-Id"] == "till-7.42_a"
    (line,) = log
    assert line["request_id"] == "till-7.42_a"
    assert line["message"] == "GET /healthz 200"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/healthz", 200)
    assert line["milliseconds"] >= 0
    assert line["level"] == "INFO"


def test_a_request_that_has_no_name_is_given_one():
    first, second = (Client().get("/healthz")["X-Request-Id"] for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second
    assert current.get() == ""


@pytest.mark.parametrize(
    "hostile",
    ["", "a b", "a\nb", "a\r\nX-Evil: 1", '{"a":1}', "x" * 101, "é", "a\x00", "a\n"],
)
def test_a_hostile_name_is_not_taken(log, hostile):
    answer = Client().get("/healthz", headers={"X-Request-Id": hostile})
    assert answer["X-Request-Id"] != hostile
    assert len(answer["X-Request-Id"]) == 32
    assert log[0]["request_id"] == answer["X-Request-Id"]


def test_an_exception_stays_on_one_line():
    try:
        raise RuntimeError("A bug\nwith two lines.")
    except RuntimeError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "It %s.", ("failed",), sys.exc_info()
        )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["message"] == "It failed."
    assert "RuntimeError: A bug" in json.loads(text)["exception"]


@pytest.mark.django_db
def test_an_error_tells_the_name_that_the_log_has(log):
    answer = Client().get("/api/v1/members/")
    assert (
        answer.json()["request_id"] == answer["X-Request-Id"] == log[-1]["request_id"]
    )
