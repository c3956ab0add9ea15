"""The API client, a program that may call the API, and the secrets that prove it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.addresses import networks
from accounts.scopes import unknown_scopes
from schemes.models import Unit


def validate_scopes(value: Any) -> None:
    """Raise ValidationError unless these are scopes that there are."""
    if not _are_texts(value):
        raise ValidationError(_("Scopes are a list of texts."))
    if unknown := unknown_scopes(value):
        raise ValidationError(
            _("There is no such scope: %(scopes)s."),
            params={"scopes": ", ".join(unknown)},
        )


def validate_addresses(value: Any) -> None:
    """Raise ValidationError unless each of these is an address or a network."""
    if not _are_texts(value):
        raise ValidationError(_("Addresses are a list of texts."))
    try:
        networks(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


class ApiClient(models.Model):
    """A program that may call the API, for one unit, with scopes."""

    client_id = models.CharField(
        _("client id"), max_length=40, unique=True, editable=False
    )
    name = models.CharField(
        _("name"),
        max_length=200,
        help_text=_("What the program is called among staff."),
    )
    unit = models.ForeignKey(
        Unit,
        verbose_name=_("unit"),
        on_delete=models.PROTECT,
        related_name="api_clients",
    )
    scopes = models.JSONField(
        _("scopes"),
        default=list,
        validators=[validate_scopes],
        help_text=_("What the program may do."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: every request is refused.")
    )
    rate_limit = models.PositiveIntegerField(
        _("rate limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Requests a minute. Empty: the default of the installation."),
    )
    allowed_addresses = models.JSONField(
        _("allowed addresses"),
        default=list,
        blank=True,
        validators=[validate_addresses],
        help_text=_("Addresses and networks that requests may come from. Empty: any."),
    )
    allow_eagle_eye_hash = models.BooleanField(
        _("allow the Eagle Eye hash"),
        default=False,
        help_text=_(
            "Let requests be signed with Eagle Eye's hash in place of a token. "
            "Whoever reads such a request can send it again."
        ),
    )
    created_at = models.DateTimeField(_("created at"), editable=False)

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        constraints = [
            models.CheckConstraint(
                condition=~Q(client_id=""), name="api_client_has_a_client_id"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="api_client_has_a_name"),
            models.CheckConstraint(
                condition=Q(rate_limit__gt=0), name="api_client_rate_limit_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.client_id})"


class ApiSecretQuerySet(models.QuerySet["ApiSecret"]):
    """Ways to look secrets up."""

    def live(self, *, at: datetime) -> "ApiSecretQuerySet":
        """The secrets that are neither revoked nor expired at this moment."""
        not_expired = Q(expires_at=None) | Q(expires_at__gt=at)
        return self.filter(not_expired, revoked_at=None)


class ApiSecret(models.Model):
    """A secret of an API client: recognised by its ends, checked by its digest.

    The secret itself is kept nowhere. Where the client may sign with Eagle Eye's hash,
    which takes the secret itself to check, the secret is made of a seed and the
    server's pepper; either alone tells nothing.
    """

    client = models.ForeignKey(
        ApiClient,
        verbose_name=_("client"),
        on_delete=models.PROTECT,
        related_name="secrets",
    )
    prefix = models.CharField(
        _("prefix"), max_length=4, help_text=_("How the secret begins.")
    )
    last4 = models.CharField(_("end"), max_length=4, help_text=_("How it ends."))
    digest = models.CharField(max_length=64, unique=True)
    seed = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(
        _("last used at"), null=True, blank=True, help_text=_("To the minute.")
    )

    objects = ApiSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("API secret")
        verbose_name_plural = _("API secrets")
        constraints = [
            models.CheckConstraint(
                condition=~Q(digest=""), name="api_secret_has_a_digest"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="api_secret_expires_after_it_is_made",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(ends)s (secret %(id)s)") % {
            "ends": f"{self.prefix}...{self.last4}",
            "id": self.pk,
        }
