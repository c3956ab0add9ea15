"""JSON bodies that the database can keep: no NUL, no half of a surrogate pair."""

import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 50
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class CleanJSONParser(JSONParser):
    """JSON, refused where PostgreSQL would refuse to store its texts."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body.

        :raises ParseError: if it is not JSON, or cannot be kept.
        """
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        _check(data)
        return data


def _check(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        if not value.isprintable() and UNSTORABLE.search(value):
            raise ParseError("A text contains a NUL or half of a surrogate pair.")
    elif isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
