"""The admin pages of API clients and their secrets, each of which is shown once."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts import clients
from accounts.admin.client_forms import (
    AddSecretForm,
    ApiClientForm,
    RevokeSecretForm,
    ends,
)
from accounts.models import ApiClient, ApiSecret
from loyalty.errors import Refusal
from schemes.admin.own_units import OwnRelatedFilter
from schemes.admin.parts import KeptMixin, Page, ReadOnlyInline
from schemes.sentences import in_words

HASH_TAKES_A_NEW_ONE = _(
    "Add a secret now: Eagle Eye's hash takes one that is made from now on. "
    "The secrets that the client has still work in a token."
)


class ApiSecretInline(ReadOnlyInline):
    """The secrets of a client, by their ends: nobody can read one here."""

    model = ApiSecret
    verbose_name_plural = _("secrets")
    fields = ("ends", "state", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("ends", "state")
    ordering = ("-pk",)
    show_change_link = False

    @admin.display(description=_("Secret"))
    def ends(self, obj: ApiSecret) -> str:
        return ends(obj)

    @admin.display(description=_("State"))
    def state(self, obj: ApiSecret) -> str:
        if obj.revoked_at:
            return gettext("Revoked")
        expired = obj.expires_at is not None and obj.expires_at <= _now()
        return gettext("Expired") if expired else gettext("Live")


@admin.register(ApiClient)
class ApiClientAdmin(KeptMixin, Page):
    """Programs that may call the API. One that may no longer is switched off."""

    form = ApiClientForm
    unit_path = "unit"
    empty_text = _(
        "Add one for each program that calls the API, with no more scopes than "
        "it needs."
    )
    list_display = ("name", "client_id", "unit", "is_active", "last_used")
    list_display_links = ("name", "client_id")
    list_filter = ("is_active", ("unit", OwnRelatedFilter))
    list_select_related = ("unit",)
    search_fields = ("name", "client_id")
    ordering = ("name", "pk")
    autocomplete_fields = ("unit",)
    inlines = (ApiSecretInline,)
    actions_detail = ("add_secret", "revoke_secret")
    fieldsets = (
        (None, {"fields": [("name", "unit"), "is_active", "scopes"]}),
        (
            _("Limits"),
            {"fields": ["rate_limit", "allowed_addresses", "allow_eagle_eye_hash"]},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ApiClient | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        known_by = (_("Known by"), {"fields": [("client_id", "created_at")]})
        return (*self.fieldsets, known_by)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiClient | None = None
    ) -> tuple[str, ...]:
        return ("unit", "client_id", "created_at") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: ApiClient | None) -> Any:
        return self.inlines if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiClient]:
        rows: QuerySet[ApiClient] = super().get_queryset(request)
        return rows.select_related("unit").annotate(
            last_used_at=Max("secrets__last_used_at")
        )

    @admin.display(description=_("Last used"), ordering="last_used_at")
    def last_used(self, obj: Any) -> datetime | None:
        moment: datetime | None = obj.last_used_at
        return moment

    def save_model(
        self, request: HttpRequest, obj: ApiClient, form: Any, change: bool
    ) -> None:
        if change:
            clients.save_client(client=obj)
            if "allow_eagle_eye_hash" in form.changed_data and obj.allow_eagle_eye_hash:
                self.message_user(request, HASH_TAKES_A_NEW_ONE, messages.WARNING)
            return
        client, text = clients.create_client(
            unit=obj.unit,
            name=obj.name,
            scopes=obj.scopes,
            is_active=obj.is_active,
            rate_limit=obj.rate_limit,
            allowed_addresses=obj.allowed_addresses,
            allow_eagle_eye_hash=obj.allow_eagle_eye_hash,
            now=_now(),
        )
        # The admin goes on with its own instance.
        obj.__dict__.update(client.__dict__)
        self._show_once(request, client, text)

    @action(
        description=_("Add a secret"),
        permissions=["change"],
        icon="key",
        dialog={
            "title": _("Add a secret"),
            "description": _(
                "The client has two while it changes over. "
                "The new one is shown once, on the next page."
            ),
            "form_class": AddSecretForm,
            "form_submit_text": _("Add"),
        },
    )
    def add_secret(
        self, request: HttpRequest, form: AddSecretForm, object_id: str
    ) -> HttpResponse:
        client, days, now = form.client, form.cleaned_data["days"], _now()
        try:
            secret, text = clients.add_secret(
                client=client,
                expires_at=now + timedelta(days=days) if days else None,
                now=now,
            )
        except Refusal as refusal:
            self.message_user(request, in_words(refusal), messages.ERROR)
        else:
            self.log_change(
                request,
                client,
                gettext("Added the secret %(ends)s.") % {"ends": ends(secret)},
            )
            self._show_once(request, client, text)
        return _back(request, object_id)

    @action(
        description=_("Revoke a secret"),
        permissions=["change"],
        icon="key_off",
        dialog={
            "title": _("Revoke a secret"),
            "description": _(
                "Requests with it are refused from this moment, for ever."
            ),
            "form_class": RevokeSecretForm,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke_secret(
        self, request: HttpRequest, form: RevokeSecretForm, object_id: str
    ) -> HttpResponse:
        secret = form.client.secrets.get(pk=form.cleaned_data["secret"])
        clients.revoke_secret(secret=secret, now=_now())
        said = {"ends": ends(secret)}
        self.log_change(
            request, form.client, gettext("Revoked the secret %(ends)s.") % said
        )
        self.message_user(
            request, gettext("The secret %(ends)s opens nothing now.") % said
        )
        return _back(request, object_id)

    def _show_once(self, request: HttpRequest, client: ApiClient, text: str) -> None:
        message = format_html(
            "{}<br>{}: <code>{}</code><br>{}: <code>{}</code><br>{}: <code>{}</code>",
            gettext("Keep the secret now: it is shown only this once."),
            gettext("Client id"),
            client.client_id,
            gettext("Secret"),
            text,
            gettext("Token"),
            clients.token(client=client, secret=text),
        )
        self.message_user(request, message, messages.WARNING)


def _back(request: HttpRequest, object_id: str) -> HttpResponse:
    """To the client's page, also from a dialog, whose script follows no redirect."""
    address = reverse("admin:accounts_apiclient_change", args=(object_id,))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _now() -> datetime:
    """The moment of this click: an admin page is a door."""
    return timezone.now()
