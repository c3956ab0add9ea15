"""Who calls: an API client with its secret, or staff with their admin session."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts import clients
from accounts.callers import Caller
from accounts.models import ApiClient
from loyalty.errors import BadInput, Refusal
from schemes.access import units_of
from schemes.models import Unit

EAGLE_EYE_CLIENT, EAGLE_EYE_HASH = "X-EES-AUTH-CLIENT-ID", "X-EES-AUTH-HASH"
ENGAGE_KEY = "apikey"

# What staff need of Django's permissions, all of them, for what a scope lets a program
# do: a scope is one word for what the admin has several permissions for.
STAFF_PERMISSIONS = {
    "schemes:read": ("schemes.view_scheme",),
    "schemes:write": (
        "schemes.add_scheme",
        "schemes.change_scheme",
        "schemes.add_carddefinition",
        "schemes.change_carddefinition",
        "schemes.publish_scheme",
    ),
    "members:read": ("accounts.view_member",),
    "members:write": ("accounts.add_member", "accounts.change_member"),
    "cards:read": ("accounts.view_card",),
    "cards:write": (
        "accounts.add_card",
        "accounts.change_card",
        "accounts.block_card",
        "accounts.replace_card",
    ),
    "points:read": ("transactions.view_bucket", "transactions.view_transaction"),
    "points:write": (
        "accounts.adjust_points",
        "accounts.refund_order",
        "transactions.give_back_spend",
    ),
    "buckets:write": (
        "transactions.activate_bucket",
        "transactions.cancel_bucket",
        "transactions.reschedule_bucket",
        "transactions.expire_bucket",
    ),
    "runs:read": ("transactions.view_sweeprun",),
}


class Program(AnonymousUser):
    """The `request.user` of a call by an API client: nobody in Django's own sense."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]  # the base says False
        """It has shown a secret."""
        return True


class ClientAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, or as one of the other APIs wants it.

    The token is `<client id>.<secret>`. Voucherify's clients send the client id as
    `X-App-Id` and the secret alone or the token as `X-App-Token`; Engage's send the
    token as `apikey`; Eagle Eye's sign with `X-EES-AUTH-CLIENT-ID` and
    `X-EES-AUTH-HASH`, if they may.
    """

    def authenticate(self, request: Request) -> tuple[Program, Caller] | None:
        """The client's unit and scopes; None where no credentials were sent.

        :raises Refusal: if they are wrong.
        """
        client = client_of(request._request)
        if client is None:
            return None
        return Program(), Caller(
            unit=client.unit,
            actor=f"client:{client.client_id}",
            may=client.scopes.__contains__,
            rate_limit=client.rate_limit,
        )

    def authenticate_header(self, request: Request) -> str:
        """What makes the answer to a stranger a 401."""
        return 'Bearer realm="Loyalty"'


class StaffAuthentication(SessionAuthentication):
    """Staff with their admin session, acting for the unit that `?unit=` names.

    It is one they work for. What they may follows from their Django permissions.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """The staff user and the unit; None where nobody of the staff is logged in."""
        found = super().authenticate(request)
        if found is None or not found[0].is_staff:
            return None
        user = found[0]
        return user, Caller(
            unit=_unit_for_staff(request, user),
            actor=f"staff:{user.get_username()}",
            may=lambda scope: user.has_perms(STAFF_PERMISSIONS[scope]),
        )


def client_of(request: HttpRequest) -> ApiClient | None:
    """The API client that the request's headers prove; asked once for a request.

    :raises Refusal: if the credentials are wrong.
    """
    if not hasattr(request, "_loyalty_client"):
        request._loyalty_client = _authenticated(request)  # type: ignore[attr-defined]  # kept for the view
    client: ApiClient | None = request._loyalty_client  # type: ignore[attr-defined]  # set above
    return client


def caller_of(request: HttpRequest) -> str | None:
    """A lasting name of the caller, or None for one whom the view will turn away."""
    try:
        client = client_of(request)
    except (Refusal, RequestDataTooBig):
        return None
    if client is not None:
        return f"client:{client.client_id}"
    user = getattr(request, "user", None)
    return f"staff:{user.pk}" if user is not None and user.is_staff else None


def _authenticated(request: HttpRequest) -> ApiClient | None:
    address, now = request.META.get("REMOTE_ADDR", ""), timezone.now()
    if EAGLE_EYE_CLIENT in request.headers:
        return clients.authenticate_by_hash(
            client_id=request.headers[EAGLE_EYE_CLIENT],
            shown=request.headers.get(EAGLE_EYE_HASH, ""),
            # As it was called: Django's own may quote it in another way.
            uri=request.META.get("RAW_URI") or request.get_full_path(),
            body=request.body,
            address=address,
            now=now,
        )
    credentials = _credentials(request)
    if credentials is None:
        return None
    client_id, secret = credentials
    return clients.authenticate(
        client_id=client_id, secret=secret, address=address, now=now
    )


def _credentials(request: HttpRequest) -> tuple[str, str] | None:
    app_id, app_token = (
        request.headers.get(f"X-App-{name}") for name in ("Id", "Token")
    )
    if app_id is not None and app_token is not None:
        return app_id, app_token.removeprefix(f"{app_id}.")
    if ENGAGE_KEY in request.headers:
        return clients.split_token(request.headers[ENGAGE_KEY].strip())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return clients.split_token(token.strip())
    return None


def _unit_for_staff(request: Request, user: Any) -> Unit:
    """The unit of `?unit=`, or the only one the user works for.

    :raises BadInput: if several could be meant, or none of theirs is of that name.
    """
    named = request.query_params.get("unit")
    units = units_of(user).order_by("pk")
    if named is not None and not named.isalnum():
        units = units.none()  # PostgreSQL takes no NUL
    elif named is not None:
        units = units.filter(incoming_identifier=named)
    found = list(units[:2])
    if len(found) != 1:
        raise BadInput("Name a unit by its incoming identifier.", field="unit")
    return found[0]
