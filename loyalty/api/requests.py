"""A name for every request, which its answer, its errors and its log lines carry."""

import json
import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("loyalty.requests")

# A caller may name its request; anything that could spoil a log line is not taken.
ACCEPTABLE = re.compile(r"^[A-Za-z0-9._-]{1,100}\Z")

CLASSES = ("2xx", "3xx", "4xx", "5xx")

current: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Name the request, say the name in `X-Request-Id`, log one line when it is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        name = given if ACCEPTABLE.match(given) else uuid4().hex
        token = current.set(name)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = name
            _count(response.status_code)
            logger.info(
                "%s %s %d",
                request.method,
                request.path,
                response.status_code,
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                },
            )
            return response
        finally:
            current.reset(token)


def count_of_answers() -> dict[str, int]:
    """How many answers there were of each class of status."""
    return {each: cache.get(f"answers:{each}", 0) for each in CLASSES}


def _count(status: int) -> None:
    key = f"answers:{status // 100}xx"
    try:
        cache.incr(key)
    except ValueError:
        cache.add(key, 0, timeout=None)
        cache.incr(key)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the request's name where there is one."""

    EXTRA = ("method", "path", "status", "milliseconds", "client")

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if name := current.get():
            line["request_id"] = name
        for extra in self.EXTRA:
            if hasattr(record, extra):
                line[extra] = getattr(record, extra)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
