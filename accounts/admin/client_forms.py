"""The forms of API clients: what one may do, and what is done to its secrets."""

from typing import Any

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
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


def ends(secret: ApiSecret) -> str:
    """How staff tell a secret from another: nobody can read the rest."""
    return f"{secret.prefix}...{secret.last4}"


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

    class Meta:
        help_texts = {
            "unit": _("Whose rows the program may see and change. It stays there."),
            "allow_eagle_eye_hash": _(
                "Let requests be signed with Eagle Eye's hash in place of a token. It "
                "takes a secret that is added after this is switched on. Whoever reads "
                "such a request can send it again."
            ),
        }

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[
            (name, format_lazy("{} - {}", name, meaning))
            for name, meaning in SCOPES.items()
        ],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What the program may do."),
    )
    allowed_addresses = LinesField(
        label=_("Allowed addresses"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "Addresses and networks that requests may come from, one a line, "
            "for example 10.1.0.0/16. Empty: any."
        ),
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
        label=_("Days until it ends"),
        required=False,
        min_value=1,
        max_value=3650,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: it works until it is revoked."),
    )


class RevokeSecretForm(ClientDialogForm):
    """Which of the client's live secrets is to end."""

    secret = forms.ChoiceField(
        label=_("Secret"),
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Programs that still use it are refused from then on."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        live = clients.live_secrets(client=self.client, now=timezone.now())
        self.fields["secret"].choices = [
            (
                secret.pk,
                gettext("%(ends)s, made on %(day)s")
                % {"ends": ends(secret), "day": date_format(secret.created_at)},
            )
            for secret in live
        ]
