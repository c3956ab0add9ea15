"""How the log is written: lines for people, or one JSON object a line for a store."""

from typing import Any


def to_console(*, level: str, line_format: str) -> dict[str, Any]:
    """The LOGGING setting. `line_format` is LINE or JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
            "json": {"()": "loyalty.api.requests.JsonFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": line_format.lower(),
            },
        },
        "root": {"handlers": ["console"], "level": level},
        # Django's own handlers would print each line a second time, or mail it.
        "loggers": {"django": {"handlers": [], "level": level, "propagate": True}},
    }
