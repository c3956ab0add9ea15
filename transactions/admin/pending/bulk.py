"""Activating or canceling many pending buckets: what would happen, why, and do it."""

from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.transaction import atomic
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.errors import Refusal
from schemes import access
from schemes.admin.readable import local
from schemes.sentences import in_words, number
from transactions import jobs
from transactions.admin.pending.ways import WAYS

# So many are done while one waits for the page; more are a job of the worker's.
AT_ONCE = 100
# So many of the chosen rows the preview names.
NAMED = 10


class BulkForm(forms.Form):
    """Why it is done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_(
            "Stands in the history of every card and on the job, for colleagues "
            "and auditors. Customers do not see it."
        ),
    )
    # The newest bucket of the preview: what is granted since is left alone.
    latest = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1
    )


class BulkView(View):
    """GET shows what would happen to the chosen buckets, POST lets it happen.

    Chosen are those of `?ids=`, or all that the list finds with the same query.
    """

    page: Any = None
    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        if kwargs["way"] not in WAYS:
            raise Http404
        self.way = WAYS[kwargs["way"]]
        if not (
            self.page.has_view_permission(request)
            and request.user.has_perm(self.way.permission)
        ):
            raise PermissionDenied
        self.now = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def chosen(self):
        """The pending buckets that were chosen, of the reader's units."""
        if "ids" in self.request.GET:
            ids = self.request.GET["ids"].split(",")[:AT_ONCE]
            keys = [int(each) for each in ids if each.isdecimal() and len(each) < 19]
            return self.page.get_queryset(self.request).filter(pk__in=keys)
        try:
            found = self.page.get_changelist_instance(self.request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return found.queryset

    def get(self, request, way):
        return self.show(BulkForm(initial={"latest": self.forecast.latest}))

    def post(self, request, way):
        form = BulkForm(request.POST)
        if form.is_valid():
            try:
                started = self.start(**form.cleaned_data)
            except Refusal as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, in_words(refusal))
            else:
                return HttpResponseRedirect(_address_of(started))
        return self.show(form)

    @cached_property
    def forecast(self):
        """What would happen: counted once, as the chosen may be many."""
        return jobs.forecast(kind=self.way.kind, buckets=self.chosen, now=self.now)

    def start(self, *, reason, latest):
        """Ask for a job in each unit; the short ones are done when this returns."""
        buckets = self.chosen.filter(pk__lte=latest)
        with atomic():
            started = [
                jobs.start_buckets(
                    kind=self.way.kind,
                    unit=unit,
                    buckets=buckets,
                    actor=f"staff:{self.request.user.get_username()}",
                    reason=reason,
                    now=self.now,
                )
                for unit in self.units_of(buckets)
            ]
        if not started:
            raise jobs.NothingWaits
        if sum(job.total or 0 for job in started) <= AT_ONCE:
            started = [jobs.run_now(job=job, clock=timezone.now) for job in started]
        return started

    def units_of(self, buckets):
        ids = buckets.order_by().values_list("card__member__unit", flat=True).distinct()
        return access.units_of(self.request.user).filter(pk__in=list(ids))

    def show(self, form):
        """The preview, with the form below it."""
        context = {
            **self.page.admin_site.each_context(self.request),
            **self.way.told(self.forecast),
            "title": self.way.title,
            "way": self.way,
            "form": form,
            "forecast": self.forecast,
            "named": self.named(),
            "unnamed": self.forecast.buckets - NAMED,
            "at_once": self.forecast.buckets <= AT_ONCE,
            "queue": reverse("admin:transactions_bucket_pending"),
            "back": self.back(),
        }
        template = "admin/transactions/pending/bulk.html"
        return TemplateResponse(self.request, template, context)

    def named(self):
        """The first of the chosen buckets, as the component for tables takes them."""
        return {
            "headers": [_("Card"), _("Member"), _("Points"), _("Order"), _("Due")],
            "rows": [
                [
                    bucket.card.code,
                    bucket.card.member.name or bucket.card.member.external_id,
                    number(bucket.remaining),
                    bucket.order_reference or "-",
                    local(bucket.activates_at, bucket.card.definition.scheme.zone)
                    or _("when an event comes"),
                ]
                for bucket in self.chosen[:NAMED]
            ],
        }

    def back(self):
        """To the list, with the filter that one came with."""
        query = "" if "ids" in self.request.GET else self.request.GET.urlencode()
        address = reverse("admin:transactions_bucket_pending")
        return f"{address}?{query}" if query else address


def _address_of(started):
    """One job's page, or the list of them all."""
    if len(started) == 1:
        return reverse("admin:transactions_job_change", args=(started[0].pk,))
    return reverse("admin:transactions_job_changelist")
