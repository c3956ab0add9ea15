"""The upload page: takes a file in, and has it checked before anything is booked."""

import csv
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanWidget,
)

from loyalty.errors import Refusal
from schemes.admin.own_units import own_choices
from schemes.models import CardDefinition
from schemes.sentences import in_words
from transactions import jobs
from transactions.admin.files.columns import columns_of
from transactions.jobs.imports import FORMS, PIECE, check_file
from transactions.models import Job
from transactions.spreadsheets import neutral

PERMISSION = "transactions.import_rows"
MOST_BYTES = 50 * 1024 * 1024
KINDS = {
    Job.Kind.IMPORT_MEMBERS: _("Members and their cards"),
    Job.Kind.IMPORT_TRANSACTIONS: _("Transactions, grants and adjustments"),
}


class DefinitionField(forms.ModelChoiceField):
    """Card definitions by the scheme they belong to."""

    def label_from_instance(self, obj):
        return f"{obj.scheme.name}: {obj.name}"


class ImportForm(forms.Form):
    """Which file, of what, for whom."""

    kind = forms.ChoiceField(
        label=_("What is in the file"),
        choices=list(KINDS.items()),
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("The columns of both are explained below."),
    )
    definition = DefinitionField(
        label=_("Scheme and card definition"),
        queryset=CardDefinition.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Members get a card of it; transactions are booked on such cards."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}),
        help_text=_("CSV with commas in UTF-8, at most 50 MB."),
    )
    create_members = forms.BooleanField(
        label=_("Enrol members that are not there yet"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "Only for transactions: what stands in the column member becomes the "
            "external id. Without this such a row is refused."
        ),
    )

    def __init__(self, *args, definitions, **options):
        super().__init__(*args, **options)
        definition: Any = self.fields["definition"]
        definition.queryset = definitions
        if len(definitions) == 1:
            definition.initial = definitions[0]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s, and at most %(most)s are taken. Split it."),
                params={
                    "size": filesizeformat(file.size),
                    "most": filesizeformat(MOST_BYTES),
                },
            )
        return file


class ImportView(View):
    """GET shows the form and explains the columns, POST has the file checked."""

    page: Any = None
    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        definitions = own_choices(
            self.page, request, CardDefinition, CardDefinition.objects.all()
        )
        self.definitions = definitions.select_related("scheme__unit").order_by(
            "scheme__name", "name", "pk"
        )
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        kind = request.GET.get("kind")
        initial = {"kind": kind if kind in FORMS else Job.Kind.IMPORT_TRANSACTIONS}
        return self.show(ImportForm(definitions=self.definitions, initial=initial))

    def post(self, request):
        form = ImportForm(request.POST, request.FILES, definitions=self.definitions)
        if not form.is_valid():
            return self.show(form)
        told = form.cleaned_data
        try:
            job = check_file(
                kind=Job.Kind(told["kind"]),
                definition=told["definition"],
                name=told["file"].name,
                read=told["file"].chunks,
                create_members=told["create_members"],
                actor=f"staff:{request.user.get_username()}",
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("file", in_words(refusal))
            return self.show(form)
        run_if_short(job)
        told_next = (
            gettext("%(name)s is being checked. Nothing is booked yet.")
            if job.is_open
            else gettext("%(name)s was checked. Nothing is booked yet.")
        )
        messages.success(request, told_next % {"name": told["file"].name})
        return HttpResponseRedirect(
            reverse("admin:transactions_job_change", args=(job.pk,))
        )

    def show(self, form):
        kinds = [
            {"title": title, "table": _table(kind), "template": _template(kind)}
            for kind, title in KINDS.items()
        ]
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": _("Import a file"),
            "form": form,
            "kinds": kinds,
            "has_definitions": bool(form.fields["definition"].queryset),
        }
        return TemplateResponse(
            self.request, "admin/transactions/files/import.html", context
        )


def run_if_short(job):
    """Do what is one piece at once: nobody should wait for the worker to look."""
    if job.total is not None and job.total < PIECE:
        jobs.run_now(job=job, clock=timezone.now)


class TemplateView(View):
    """A file to start from: the names of the columns, and one example row."""

    page: Any = None
    http_method_names = ["get"]

    def get(self, request, kind):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        kind = f"IMPORT_{kind.upper()}"
        if kind not in FORMS:
            raise Http404
        name = kind.removeprefix("IMPORT_").lower()
        response = HttpResponse(
            "\ufeff",
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
        writer = csv.writer(response)
        columns = columns_of(kind)
        writer.writerow(column.name for column in columns)
        writer.writerow(neutral(column.example) for column in columns)
        return response


def _table(kind):
    """The columns of a kind of file, as the page lists them."""
    return {
        "headers": [_("Column"), _("What it holds"), _("Example")],
        "rows": [
            [
                format_html("<code>{}</code>{}", column.name, _mark(column)),
                column.meaning,
                column.example,
            ]
            for column in columns_of(kind)
        ],
    }


def _mark(column):
    if not column.is_required:
        return ""
    return format_html(' <span class="text-xs">{}</span>', gettext("required"))


def _template(kind):
    name = kind.removeprefix("IMPORT_").lower()
    return reverse("admin:transactions_transaction_import_template", args=(name,))
