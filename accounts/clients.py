"""How programs get in: API clients, the secrets they show, and who is let through."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.transaction import atomic
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_noop as _

from accounts.addresses import is_within, networks
from accounts.models import ApiClient, ApiSecret
from accounts.models.api_client import ApiSecretQuerySet
from loyalty.errors import BadInput, Conflict, Refusal
from schemes.models import Unit

# Two, so that a program can change over to a new one while the old one still works.
MOST_LIVE_SECRETS = 2
# How exactly it is known when a secret was last used.
LAST_USED_STEP = timedelta(minutes=1)

CLIENT_ID_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"


class NotAuthenticated(Refusal):
    """Nothing says who is asking (401)."""

    key = "not_authenticated"
    status = 401
    default_message = _("This needs a client id and a secret.")


class InvalidCredentials(Refusal):
    """The client id and the secret do not open anything (401)."""

    key = "invalid_credentials"
    status = 401
    default_message = _("The client id or the secret is wrong, or no longer valid.")


class AddressNotAllowed(Refusal):
    """The client may not call from this address (403)."""

    key = "address_not_allowed"
    status = 403
    default_message = _("This client may not call from this address.")


class TooManySecrets(Conflict):
    """The client has as many live secrets as it may have."""

    key = "too_many_secrets"
    default_message = _("The client has two secrets. Revoke one before adding another.")


def create_client(
    *,
    unit: Unit,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    rate_limit: int | None = None,
    allowed_addresses: Iterable[str] = (),
    allow_eagle_eye_hash: bool = False,
    is_active: bool = True,
    expires_at: datetime | None = None,
) -> tuple[ApiClient, str]:
    """Let a program call the API for a unit; return it and its first secret.

    The text of the secret is known here and never again. `now` and `expires_at`, when
    the secret ends, are aware.

    :raises BadInput: if the name is blank, or a scope, address or limit is wrong.
    """
    client = ApiClient(
        client_id=draw_client_id(),
        unit=unit,
        name=name,
        scopes=list(scopes),
        is_active=is_active,
        rate_limit=rate_limit,
        allowed_addresses=list(allowed_addresses),
        allow_eagle_eye_hash=allow_eagle_eye_hash,
        created_at=now,
    )
    with atomic():
        save_client(client=client)
        _, text = add_secret(client=client, now=now, expires_at=expires_at)
    return client, text


def save_client(*, client: ApiClient) -> None:
    """Save a client as it has been edited, its lists without blanks and doubles.

    :raises BadInput: if the name is blank, or a scope, address or limit is wrong.
    """
    client.name = client.name.strip()
    client.scopes = list(dict.fromkeys(client.scopes))
    try:
        client.clean_fields(exclude=["unit"])
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        label = field.replace("_", " ")
        raise BadInput(f"The {label}: {problems[0]}", field=field) from error
    client.allowed_addresses = list(
        dict.fromkeys(str(network) for network in networks(client.allowed_addresses))
    )
    client.save()


def add_secret(
    *, client: ApiClient, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiSecret, str]:
    """Give the client one more secret; return it and its text.

    The text is known here and never again: what is kept cannot be turned back, unless
    the client may sign with Eagle Eye's hash; then it takes the server's pepper.

    :raises BadInput: if it would end before it begins.
    :raises TooManySecrets: if two are live.
    """
    if expires_at is not None and expires_at <= now:
        raise BadInput(_("A secret ends after it is made."), field="expires_at")
    seed = secrets.token_hex(32) if client.allow_eagle_eye_hash else ""
    text = grow(seed) if seed else secrets.token_urlsafe(32)
    with atomic():
        # Two requests for a second secret at once must not make a third.
        ApiClient.objects.select_for_update(no_key=True).get(pk=client.pk)
        if live_secrets(client=client, now=now).count() >= MOST_LIVE_SECRETS:
            raise TooManySecrets
        secret = ApiSecret.objects.create(
            client=client,
            prefix=text[:4],
            last4=text[-4:],
            digest=digest(text),
            seed=seed,
            created_at=now,
            expires_at=expires_at,
        )
    return secret, text


def revoke_secret(*, secret: ApiSecret, now: datetime) -> None:
    """Let the secret open nothing from this moment; the first moment stays."""
    ApiSecret.objects.filter(pk=secret.pk, revoked_at=None).update(revoked_at=now)
    secret.refresh_from_db(fields=["revoked_at"])


def live_secrets(*, client: ApiClient, now: datetime) -> ApiSecretQuerySet:
    """The secrets that open the door at this moment, the oldest first."""
    live: ApiSecretQuerySet = ApiSecret.objects.live(at=now)
    return live.filter(client=client).order_by("pk")


def authenticate(
    *, client_id: str, secret: str, address: str, now: datetime
) -> ApiClient:
    """The client that these credentials prove, with its unit, in one query.

    An unknown client costs what a wrong secret does, so that neither the answer nor
    its time tells which ids there are.

    :raises NotAuthenticated: if one of the two is missing.
    :raises InvalidCredentials: if they are wrong, ended or revoked, or the client is
        switched off.
    :raises AddressNotAllowed: if the client may not call from this address.
    """
    if not client_id or not secret:
        raise NotAuthenticated
    shown = digest(secret)
    return _let_in(
        client_id, lambda known: known.digest, shown=shown, address=address, now=now
    )


def authenticate_by_hash(
    *, client_id: str, shown: str, uri: str, body: bytes, address: str, now: datetime
) -> ApiClient:
    """The client that signed this request with Eagle Eye's hash.

    uri: the path and the query as they were called. Such a request can be replayed, so
    a client may use the hash only once staff have allowed it, with a secret made since.

    :raises NotAuthenticated, InvalidCredentials, AddressNotAllowed: as `authenticate`.
    """
    if not client_id or not shown:
        raise NotAuthenticated

    def hash_of(known: ApiSecret) -> str:
        if not known.seed or not known.client.allow_eagle_eye_hash:
            return ""
        return eagle_eye_hash(uri=uri, body=body, secret=grow(known.seed))

    return _let_in(client_id, hash_of, shown=shown, address=address, now=now)


def _let_in(
    client_id: str,
    proof_of: Callable[[ApiSecret], str],
    *,
    shown: str,
    address: str,
    now: datetime,
) -> ApiClient:
    """The client one of whose live secrets has the proof that was shown."""
    proof = None
    for known in _live_secrets_of(client_id, now=now):
        if constant_time_compare(proof_of(known), shown):
            proof = known
    if proof is None:
        raise InvalidCredentials
    client = proof.client
    if not client.is_active:
        raise InvalidCredentials(_("The client is switched off."))
    if client.allowed_addresses and not is_within(address, client.allowed_addresses):
        raise AddressNotAllowed
    _note_use(proof, now=now)
    return client


def token(*, client: ApiClient, secret: str) -> str:
    """The client id and the secret in one text, for `Authorization: Bearer`."""
    return f"{client.client_id}.{secret}"


def split_token(text: str) -> tuple[str, str]:
    """The client id and the secret that a token is made of; empty if it is none."""
    client_id, _, secret = text.partition(".")
    return client_id, secret


def draw_client_id() -> str:
    """A new client id: `lp_` and 20 signs that nobody guesses."""
    return "lp_" + "".join(secrets.choice(CLIENT_ID_SIGNS) for _ in range(20))


def digest(secret: str) -> str:
    """What is kept of a secret. A fast hash is right for 256 random bits."""
    return salted_hmac(
        "accounts.clients",
        secret.encode("utf-8", "surrogatepass"),
        secret=settings.API_SECRET_PEPPER,
        algorithm="sha256",
    ).hexdigest()


def grow(seed: str) -> str:
    """The secret that a seed makes, with the server's pepper."""
    grown = salted_hmac(
        "accounts.clients.grow",
        seed,
        secret=settings.API_SECRET_PEPPER,
        algorithm="sha256",
    )
    return urlsafe_b64encode(grown.digest()).decode().rstrip("=")


def eagle_eye_hash(*, uri: str, body: bytes, secret: str) -> str:
    """The SHA-256 of the uri, the body and the secret, one after the other.

    Source: Eagle Eye "API authentication".
    """
    return hashlib.sha256(uri.encode() + body + secret.encode()).hexdigest()


def _live_secrets_of(client_id: str, *, now: datetime) -> Iterable[ApiSecret]:
    # PostgreSQL takes no NUL and no half of a character; no client id has any.
    if not (client_id.isascii() and client_id.isprintable()):
        return ()
    live: ApiSecretQuerySet = ApiSecret.objects.live(at=now)
    return live.filter(client__client_id=client_id).select_related("client__unit")


def _note_use(secret: ApiSecret, *, now: datetime) -> None:
    """Write that the secret was used, once a minute, and wait for nobody to do so."""
    before = now - LAST_USED_STEP
    if secret.last_used_at is not None and secret.last_used_at > before:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    with atomic():
        # Whoever holds the row is writing the same.
        free = ApiSecret.objects.select_for_update(skip_locked=True, no_key=True)
        ApiSecret.objects.filter(pk__in=free.filter(stale, pk=secret.pk)).update(
            last_used_at=now
        )
