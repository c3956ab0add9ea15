"""The member's status: two buttons that ask why, and a history that keeps the answer."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from accounts import operations
from accounts.models import Member
from schemes.admin.parts import Page


class WhyForm(BaseDialogForm):
    """Why a member's status is changed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=UnfoldAdminExpandableTextareaWidget,
        help_text=_("Why you do this. Colleagues read it in the member's history."),
    )


class StandingPage(Page):
    """The page of members, whose status is no field: it is changed with a reason."""

    actions_detail = ("deactivate", "activate")

    @action(
        description=_("Make inactive"),
        permissions=["change"],
        icon="person_off",
        dialog={
            "title": _("Make the member inactive"),
            "description": _(
                "All the member's cards earn and spend nothing until the member is "
                "made active again. Points keep their dates: what is due becomes "
                "active, and lapses."
            ),
            "form_class": WhyForm,
            "form_submit_text": _("Make inactive"),
        },
    )
    def deactivate(
        self, request: HttpRequest, form: WhyForm, object_id: str
    ) -> HttpResponse:
        done = gettext("The member is inactive.")
        return self._set(request, form, object_id, Member.Status.INACTIVE, done)

    @action(
        description=_("Make active"),
        permissions=["change"],
        icon="person_check",
        dialog={
            "title": _("Make the member active"),
            "description": _(
                "The member's cards earn and spend again, those that are not blocked "
                "or closed themselves."
            ),
            "form_class": WhyForm,
            "form_submit_text": _("Make active"),
        },
    )
    def activate(
        self, request: HttpRequest, form: WhyForm, object_id: str
    ) -> HttpResponse:
        done = gettext("The member is active.")
        return self._set(request, form, object_id, Member.Status.ACTIVE, done)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The one button of the two that changes something."""
        actions = super().get_actions_detail(request, object_id)
        member = self.get_object(request, object_id)
        is_active = member is None or member.status == Member.Status.ACTIVE
        hidden = "_activate" if is_active else "_deactivate"
        return [each for each in actions if not each.action_name.endswith(hidden)]

    def _set(
        self,
        request: HttpRequest,
        form: WhyForm,
        object_id: str,
        status: Member.Status,
        done: str,
    ) -> HttpResponse:
        """Do it, keep the reason, and go back to the page, also from the dialog."""
        member = self.own_or_404(request, object_id)
        if member.status != status:
            operations.change_member_status(member=member, status=status)
            self.log_change(request, member, f"{done} {form.cleaned_data['reason']}")
        self.message_user(request, done)
        address = reverse("admin:accounts_member_change", args=(member.pk,))
        if request.headers.get("HX-Request"):
            # The dialog's script follows no redirect.
            return HttpResponse(headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)
