"""The export page: rows of a scheme as a file, at once or as a job."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from schemes.admin.own_units import own_choices
from schemes.models import Scheme
from transactions.exports import EXPORTS, Ask, is_long, stream
from transactions.jobs.exports import file_name, start_export
from transactions.models import Job

PERMISSION = "transactions.export_rows"
# What an export takes beside that.
ALSO = {Job.Kind.EXPORT_LIABILITY: "transactions.view_liability"}
KINDS = {
    Job.Kind.EXPORT_MEMBERS: _("Members, by the day of their card"),
    Job.Kind.EXPORT_TRANSACTIONS: _("Transactions, by the day they became true"),
    Job.Kind.EXPORT_BUCKETS: _("Buckets, by the day they were earned"),
    Job.Kind.EXPORT_LIABILITY: _("Points owed, by their last usable day"),
}


def may_export(user, kind):
    """Whether somebody may have this kind of file."""
    return user.has_perm(PERMISSION) and user.has_perm(ALSO.get(kind, PERMISSION))


class SchemeField(forms.ModelChoiceField):
    """Schemes, each with the zone in which its days begin."""

    def label_from_instance(self, obj):
        return f"{obj.name} ({obj.time_zone})"


class ExportForm(forms.Form):
    """Which rows, of which scheme and days."""

    kind = forms.ChoiceField(
        label=_("What to export"),
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_(
            "From and To are about the days named here. Members come with their "
            "balances, and points owed with what they cost you."
        ),
    )
    scheme = SchemeField(
        label=_("Scheme"),
        queryset=Scheme.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Days and times are those of its time zone."),
    )
    first = forms.DateField(
        label=_("From"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("The first day, included. Empty: from the beginning."),
    )
    last = forms.DateField(
        label=_("To"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("The last day, included. Empty: to the end."),
    )

    def __init__(self, *args, kinds, schemes, **options):
        super().__init__(*args, **options)
        kind: Any = self.fields["kind"]
        scheme: Any = self.fields["scheme"]
        kind.choices, scheme.queryset = kinds, schemes
        if len(schemes) == 1:
            scheme.initial = schemes[0]

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day comes before the first."))
        return cleaned


class ExportView(View):
    """GET shows the form, POST answers with the file, or has a job make it."""

    page: Any = None
    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        schemes = own_choices(self.page, request, Scheme, Scheme.objects.all())
        self.choices = {
            "schemes": schemes.select_related("unit").order_by("name", "pk"),
            "kinds": [
                (kind, title)
                for kind, title in KINDS.items()
                if may_export(request.user, kind)
            ],
        }
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        initial = {"kind": request.GET.get("kind") or Job.Kind.EXPORT_MEMBERS}
        return self.show(ExportForm(**self.choices, initial=initial))

    def post(self, request):
        form = ExportForm(request.POST, **self.choices)
        if not form.is_valid():
            return self.show(form)
        told = form.cleaned_data
        kind = Job.Kind(told["kind"])
        ask = Ask(
            scheme=told["scheme"],
            first=told["first"],
            last=told["last"],
            now=timezone.now(),
        )
        export = EXPORTS[kind]
        if not export.rows(ask).exists():
            form.add_error(
                None, _("There is nothing to export: choose other days, or none.")
            )
            return self.show(form)
        self.page.log_change(request, ask.scheme, f"{kind.label}: {ask.days}")
        if is_long(export, ask):
            actor = f"staff:{request.user.get_username()}"
            job = start_export(kind=kind, ask=ask, actor=actor)
            return HttpResponseRedirect(
                reverse("admin:transactions_job_change", args=(job.pk,))
            )
        return as_download(stream(export, ask), file_name(kind=kind, ask=ask))

    def show(self, form):
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": _("Export to a file"),
            "form": form,
            "has_schemes": bool(form.fields["scheme"].queryset),
        }
        return TemplateResponse(
            self.request, "admin/transactions/files/export.html", context
        )


def as_download(content, name):
    """A CSV file that the browser saves, and nothing on the way keeps."""
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response
