"""A retry with the same `Idempotency-Key` gets the first answer and does nothing."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import RequestDataTooBig
from django.db.transaction import atomic, set_rollback
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from loyalty.api import errors
from loyalty.api.authentication import caller_of
from loyalty.api.locks import try_to_lock_name
from loyalty.models import IdempotentAnswer

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
KEPT_FOR = timedelta(days=7)
SAFE = ("GET", "HEAD", "OPTIONS")


class IdempotencyMiddleware:
    """Remember what a write by a program was answered with, for its caller and key.

    Only what succeeded is remembered: a refusal changed nothing, and may be tried
    again under the same key.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None or request.method in SAFE or request.path.startswith("/admin/"):
            return self.get_response(request)
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            message = f"Use 1 to {LONGEST_KEY} characters."
            return _refuse(request, 400, "invalid_idempotency_key", message)
        if request.GET.get("dry_run") == "true":
            return self.get_response(request)  # nothing is written
        caller = caller_of(request)
        if caller is None:
            return self.get_response(request)  # which will say so
        return self._once(request, caller=caller, key=key)

    def _once(self, request: HttpRequest, *, caller: str, key: str) -> HttpResponse:
        try:
            digest = _digest(request)
        except RequestDataTooBig:
            return _refuse(request, 413, "body_too_large", "The body is too large.")
        with atomic():
            if not try_to_lock_name(f"{caller} {key}"):
                return _still_running(request)
            first = IdempotentAnswer.objects.filter(caller=caller, key=key).first()
            if first is not None:
                return _again(request, first, digest=digest)
            response = self.get_response(request)
            if 200 <= response.status_code < 300:
                _remember(response, caller=caller, key=key, digest=digest)
            else:
                set_rollback(True)
            return response


def forget_old(*, now: datetime) -> int:
    """Delete answers that are older than a week; answers how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=now - KEPT_FOR)
    return old.delete()[0]


def _again(
    request: HttpRequest, first: IdempotentAnswer, *, digest: str
) -> HttpResponse:
    if first.digest != digest:
        message = "This Idempotency-Key was used for another request."
        return _refuse(request, 422, "idempotency_conflict", message)
    answer = HttpResponse(
        first.body, status=first.status, content_type=first.content_type
    )
    answer["Idempotency-Replayed"] = "true"
    for header, value in (("Location", first.location), ("ETag", first.etag)):
        if value:
            answer[header] = value
    return answer


def _remember(response: HttpResponse, *, caller: str, key: str, digest: str) -> None:
    IdempotentAnswer.objects.create(
        caller=caller,
        key=key,
        digest=digest,
        status=response.status_code,
        content_type=response.get("Content-Type", ""),
        location=response.get("Location", ""),
        etag=response.get("ETag", ""),
        body=response.content.decode(),
        created_at=timezone.now(),
    )


def _digest(request: HttpRequest) -> str:
    address = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(address.encode() + request.body).hexdigest()


def _still_running(request: HttpRequest) -> HttpResponse:
    message = "The first request with this key is still running."
    answer = _refuse(request, 409, "request_running", message)
    answer["Retry-After"] = "1"
    return answer


def _refuse(request: HttpRequest, status: int, key: str, message: str) -> HttpResponse:
    error = errors.body(code=status, key=key, message=message)
    return errors.without_view(request, error)
