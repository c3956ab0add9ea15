"""The one place where anything that went wrong becomes an answer.

The shape is that of the Voucherify page "Activate pending points": code, key, message,
details, request_id, resource_id, resource_type. `key` is stable (docs/errors.md);
`details` is a sentence that names the field.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
)
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from loyalty.api.parsers import TooLarge
from loyalty.api.requests import current
from loyalty.errors import Refusal

logger = logging.getLogger(__name__)

# DRF's own exceptions, the most special first: their keys in our catalogue.
KEYS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ValidationError, "invalid_input"),
    (exceptions.ParseError, "invalid_json"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "invalid_credentials"),
    (exceptions.PermissionDenied, "not_permitted"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many_requests"),
    (TooLarge, "body_too_large"),
)

# Django's exceptions, and DRF's that say the same.
TRANSLATED: tuple[tuple[type[Exception], exceptions.APIException], ...] = (
    (Http404, exceptions.NotFound()),
    (PermissionDenied, exceptions.PermissionDenied()),
    (RequestDataTooBig, TooLarge()),
    (TooManyFieldsSent, exceptions.ValidationError("There are too many parameters.")),
)


def body(
    *,
    code: int,
    key: str,
    message: str,
    details: str = "",
    resource_id: str | None = None,
    resource_type: str | None = None,
) -> dict[str, Any]:
    """An error in the one shape."""
    return {
        "code": code,
        "key": key,
        "message": message,
        "details": details,
        "request_id": current.get() or None,
        "resource_id": resource_id,
        "resource_type": resource_type,
    }


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: the answer to an exception."""
    if isinstance(error, Refusal):
        set_rollback()
        _forget_caller(context.get("request"))
        refused = _refused(error)
        if refused.status_code == 401:
            refused["WWW-Authenticate"] = _challenge(context)
        return refused
    error = next((ours for kind, ours in TRANSLATED if isinstance(error, kind)), error)
    if isinstance(error, ProtectedError | IntegrityError):
        logger.warning("The database refused: %s", error)
        set_rollback()
        answer = body(
            code=409,
            key="conflict",
            message="The database refused this: it does not fit with other records.",
        )
        return Response(answer, status=409)
    set_rollback()
    if isinstance(error, exceptions.APIException):
        return _failed(error)
    # As Django does for its own views, so that monitors and tests see the exception.
    got_request_exception.send(sender=None, request=context.get("request"))
    logger.exception("A request failed.")
    return Response(_unexpected(), status=500)


def _forget_caller(request: Any) -> None:
    """Let the browsable page of a refused log-in not ask again who it is.

    DRF does so for its own exceptions only.
    """
    if request is not None and not hasattr(request, "_user"):
        request._not_authenticated()


def problems(error: Exception) -> list[str]:
    """What is wrong with each field, one sentence for each."""
    if isinstance(error, Refusal):
        return [f"{error.field}: {error.message}"] if error.field else []
    if isinstance(error, exceptions.APIException):
        sentences = _sentences(error.detail)
        return [f"{field}: {text}" for field, text in sentences if field]
    return []


def _refused(refusal: Refusal) -> Response:
    answer = body(
        code=refusal.status,
        key=refusal.key,
        message=refusal.message,
        details=" ".join(problems(refusal)),
        resource_id=refusal.resource_id,
        resource_type=refusal.resource_type,
    )
    headers = {"Retry-After": "1"} if refusal.retry_soon else None
    return Response(answer, status=refusal.status, headers=headers)


def _challenge(context: Mapping[str, Any]) -> str:
    """How to log in, which HTTP wants beside every 401."""
    return str(context["view"].get_authenticate_header(context["request"]))


def _failed(error: exceptions.APIException) -> Response:
    key = next((key for kind, key in KEYS if isinstance(error, kind)), "refused")
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    sentences = list(_sentences(error.detail))
    message = str(sentences[0][1]) if sentences else str(error)
    details = " ".join(problems(error))
    answer = body(code=error.status_code, key=key, message=message, details=details)
    return Response(answer, status=error.status_code, headers=headers)


def _sentences(detail: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Each message of a validation error with the path of its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from _sentences(inner, field)
            elif isinstance(name, int):  # a row of a list
                yield from _sentences(inner, f"{field}[{name}]")
            else:
                yield from _sentences(inner, f"{field}.{name}" if field else str(name))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping)
            yield from _sentences(inner, f"{field}[{number}]" if nested else field)
    else:
        yield field, str(detail)


def without_view(request: HttpRequest, error: Mapping[str, Any]) -> JsonResponse:
    """The answer where no view answers: a `body` in the words of the view at this path.

    A view that has its own words for it says them in `said`, as those of the doors do.
    """
    answer = error
    with suppress(Resolver404):
        view: Any = getattr(resolve(request.path_info).func, "cls", None)
        if hasattr(view, "said"):
            answer = view().said(error, [])
    return JsonResponse(answer, status=error["code"])


@csrf_exempt  # nothing is done here, and a refusal of the token would be a page
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """The answer to a path under /api/ that leads nowhere."""
    answer = body(code=404, key="not_found", message=f"{request.path} is not here.")
    return JsonResponse(answer, status=404)


def bad_request(request: HttpRequest) -> JsonResponse:
    """The answer to a request that Django itself refuses, for its host for example."""
    message = "The request cannot be used as it is."
    return without_view(request, body(code=400, key="invalid_input", message=message))


def server_error(request: HttpRequest) -> JsonResponse:
    """The answer to a request of a program that failed; the log has the reason."""
    return without_view(request, _unexpected())


def _unexpected() -> dict[str, Any]:
    return body(
        code=500,
        key="internal_error",
        message="Something went wrong here. Quote the request_id when you report it.",
    )
