"""JSON bodies that the database can keep: no NUL, no half of a surrogate pair."""

import math
import re
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 50
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TooLarge(APIException):
    """More than a batch of a thousand rows ever is."""

    status_code = 413
    default_detail = "The body is too large."


class CleanJSONParser(JSONParser):
    """JSON, refused where PostgreSQL would refuse to store its texts."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body.

        :raises TooLarge: if it has more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE.
        :raises ParseError: if it is not JSON, or cannot be kept.
        """
        content = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            data = super().parse(BytesIO(content), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        _check(data)
        return data


def _check(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ParseError("The JSON is nested too deeply.")
    if isinstance(value, str | float):
        _check_storable(value)
    elif isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _check_storable(value: str | float) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ParseError("A number is too large.")
    elif not value.isprintable() and UNSTORABLE.search(value):
        raise ParseError("A text contains a NUL or half of a surrogate pair.")
