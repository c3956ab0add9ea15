"""The admin pages of API clients and their secrets, each of which is shown once."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts import clients
from accounts.models import ApiClient, ApiSecret
from accounts.scopes import SCOPES
from loyalty.errors import Refusal
from schemes.admin.parts import KeptMixin, Page, ReadOnlyInline


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in (value or "").splitlines())
        return [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class ApiClientForm(forms.ModelForm):
    """A client: what it may do, ticked; where it may call from, a line each."""

    scopes = forms.MultipleChoiceField(
        choices=[(name, f"{name} - {meaning}") for name, meaning in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the program may do.",
    )
    allowed_addresses = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Addresses and networks that requests may come from, one a line, "
        "for example 10.1.0.0/16. Empty: any.",
    )


class ClientDialogForm(BaseDialogForm):
    """A question about one client; no such client is a 404."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        try:
            self.client = ApiClient.objects.get(pk=self.object_id)
        except (ApiClient.DoesNotExist, ValueError) as error:
            raise Http404 from error


class AddSecretForm(ClientDialogForm):
    """How long the new secret is to work."""

    days = forms.IntegerField(
        label="Days until it ends",
        required=False,
        min_value=1,
        max_value=3650,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Empty: it works until it is revoked.",
    )


class RevokeSecretForm(ClientDialogForm):
    """Which of the client's live secrets is to end."""

    secret = forms.ChoiceField(widget=UnfoldAdminRadioSelectWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        live = clients.live_secrets(client=self.client, now=_now())
        self.fields["secret"].choices = [
            (secret.pk, f"{_ends(secret)}, made on {date_format(secret.created_at)}")
            for secret in live
        ]


class ApiSecretInline(ReadOnlyInline):
    """The secrets of a client, by their ends: nobody can read one here."""

    model = ApiSecret
    verbose_name_plural = "secrets"
    fields = ("ends", "state", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("ends", "state")
    ordering = ("-pk",)
    show_change_link = False

    @admin.display(description="Secret")
    def ends(self, obj: ApiSecret) -> str:
        return _ends(obj)

    @admin.display(description="State")
    def state(self, obj: ApiSecret) -> str:
        if obj.revoked_at:
            return "Revoked"
        expired = obj.expires_at is not None and obj.expires_at <= _now()
        return "Expired" if expired else "Live"


@admin.register(ApiClient)
class ApiClientAdmin(KeptMixin, Page):
    """Programs that may call the API. One that may no longer is switched off."""

    form = ApiClientForm
    list_display = ("name", "client_id", "unit", "is_active", "last_used")
    list_display_links = ("name", "client_id")
    list_filter = ("is_active", "unit")
    list_select_related = ("unit",)
    search_fields = ("name", "client_id")
    ordering = ("name", "pk")
    autocomplete_fields = ("unit",)
    inlines = (ApiSecretInline,)
    actions_detail = ("add_secret", "revoke_secret")
    fieldsets = (
        (None, {"fields": [("name", "unit"), "is_active", "scopes"]}),
        (
            "Limits",
            {"fields": ["rate_limit", "allowed_addresses", "allow_eagle_eye_hash"]},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ApiClient | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        known_by = ("Known by", {"fields": [("client_id", "created_at")]})
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

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, obj: Any) -> datetime | None:
        moment: datetime | None = obj.last_used_at
        return moment

    def save_model(
        self, request: HttpRequest, obj: ApiClient, form: Any, change: bool
    ) -> None:
        if change:
            clients.save_client(client=obj)
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
        description="Add a secret",
        permissions=["change"],
        icon="key",
        dialog={
            "title": "Add a secret",
            "description": "The client has two while it changes over. "
            "The new one is shown once, on the next page.",
            "form_class": AddSecretForm,
            "form_submit_text": "Add",
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
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.log_change(request, client, f"Added the secret {_ends(secret)}.")
            self._show_once(request, client, text)
        return _back(request, object_id)

    @action(
        description="Revoke a secret",
        permissions=["change"],
        icon="key_off",
        dialog={
            "title": "Revoke a secret",
            "description": "Requests with it are refused from this moment, for ever.",
            "form_class": RevokeSecretForm,
            "form_submit_text": "Revoke",
        },
    )
    def revoke_secret(
        self, request: HttpRequest, form: RevokeSecretForm, object_id: str
    ) -> HttpResponse:
        secret = form.client.secrets.get(pk=form.cleaned_data["secret"])
        clients.revoke_secret(secret=secret, now=_now())
        self.log_change(request, form.client, f"Revoked the secret {_ends(secret)}.")
        self.message_user(request, f"The secret {_ends(secret)} opens nothing now.")
        return _back(request, object_id)

    def _show_once(self, request: HttpRequest, client: ApiClient, text: str) -> None:
        message = format_html(
            "Keep the secret now: it is shown only this once.<br>"
            "Client id: <code>{}</code><br>Secret: <code>{}</code><br>"
            "Token: <code>{}</code>",
            client.client_id,
            text,
            clients.token(client=client, secret=text),
        )
        self.message_user(request, message, messages.WARNING)


def _ends(secret: ApiSecret) -> str:
    return f"{secret.prefix}...{secret.last4}"


def _back(request: HttpRequest, object_id: str) -> HttpResponse:
    """To the client's page, also from a dialog, whose script follows no redirect."""
    address = reverse("admin:accounts_apiclient_change", args=(object_id,))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _now() -> datetime:
    """The moment of this click: an admin page is a door."""
    return timezone.now()
