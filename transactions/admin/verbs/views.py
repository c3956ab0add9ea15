"""The page of a verb: asks, shows what would happen, and does it once it is confirmed."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.transaction import atomic, set_rollback
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.admin.parts import link
from schemes.sentences import in_words
from transactions import ledger
from transactions.admin.verbs.base import Verb, card_of
from transactions.admin.verbs.effects import Effect, observed
from transactions.admin.verbs.forms import VerbForm
from transactions.admin.verbs.tables import facts, tables
from transactions.ledger import Cause, IdempotencyConflict
from transactions.models import Transaction


class VerbView(View):
    """One verb, done to one row: GET asks; POST shows the effect, or books it.

    The address keeps a key that names this one doing: sent twice, or once more after
    going back, it is booked once.
    """

    http_method_names = ["get", "post"]
    verb: Verb = cast("Verb", None)

    def dispatch(
        self, request: HttpRequest, *, object_id: str, model_admin: Any
    ) -> HttpResponse:
        self.page = model_admin
        self.now = timezone.now()
        self.row = with_card(model_admin.own_or_404(request, object_id))
        self.card = card_of(self.row)
        user = request.user
        may_see = model_admin.has_view_or_change_permission(request, self.row)
        if not (may_see and user.has_perm(self.verb.permission)):
            raise PermissionDenied
        with timezone.override(self.card.definition.scheme.zone):
            return cast(HttpResponse, self._answer(super().dispatch))

    def _answer(self, go_on: Callable[[HttpRequest], Any]) -> Any:
        """Turn away what was done before, and what the row does not allow."""
        if not self._key:
            query = {"key": uuid4(), "next": self._back()}
            return HttpResponseRedirect(f"{self.request.path}?{urlencode(query)}")
        if first := self._booked():
            return self._say_booked(first)
        refused = self.verb.why_not(self.row, at=self.now)
        if refused := refused or self.verb.nothing_left(self.row):
            messages.warning(self.request, refused)
            return HttpResponseRedirect(self._back())
        return go_on(self.request)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        return self._render(self.verb.form_class(row=self.row))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what would happen, or do it; with what is wrong, ask again."""
        form = self.verb.form_class(request.POST, row=self.row)
        if not form.is_valid() or "_edit" in request.POST:
            return self._render(form)
        try:
            if "_confirm" in request.POST:
                return self._book(form)
            return self._render(form, effect=ledger.preview(self._do, form=form))
        except IdempotencyConflict:
            # Somebody was quicker, between the first look and this one.
            return self._say_booked(cast(Transaction, self._booked()))
        except Refusal as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error(field, in_words(refusal))
            return self._render(form)

    def _do(self, *, form: VerbForm) -> Effect:
        cause = Cause(
            idempotency_key=self._key,
            actor=f"staff:{self.request.user.get_username()}",
            reason=form.cleaned_data["reason"],
            metadata=form.metadata,
        )

        def act() -> Any:
            return self.verb.call(self.row, now=self.now, cause=cause, **form.asked)

        return observed(card=self.card, act=act, now=self.now)

    def _book(self, form: VerbForm) -> HttpResponse:
        """Do what was shown; if it would be something else by now, show that first."""
        with atomic():
            effect = self._do(form=form)
            if effect.is_replay:
                return self._say_booked(effect.answer)
            if is_other := effect.digest != self.request.POST.get("seen"):
                set_rollback(True)
            elif log := self.verb.logged(
                effect.answer, reason=form.cleaned_data["reason"]
            ):
                self.page.log_change(self.request, self.row, log)
        if is_other:
            return self._render(
                form, effect=effect, is_other="seen" in self.request.POST
            )
        answer = effect.answer
        text = format_html("{} {}", self.verb.said(answer), self._link_to(answer))
        messages.success(self.request, text)
        return HttpResponseRedirect(self._back())

    def _link_to(self, answer: Any) -> str:
        may_see = self.request.user.has_perm("transactions.view_transaction")
        if not (isinstance(answer, Transaction) and may_see):
            return ""
        text = _("Transaction %(id)s") % {"id": answer.pk}
        return link("transactions_transaction_change", text, answer.pk)

    @property
    def _key(self) -> str:
        """Names this doing among those of this user; empty if the address has none."""
        try:
            key = UUID(self.request.GET.get("key", ""))
        except ValueError:
            return ""
        return f"staff:{self.request.user.pk}:{key}"

    def _booked(self) -> Transaction | None:
        return self.card.transactions.filter(idempotency_key=self._key).first()

    def _say_booked(self, first: Transaction) -> HttpResponse:
        text = _("This was done already, and is not done twice.")
        messages.info(self.request, format_html("{} {}", text, self._link_to(first)))
        return HttpResponseRedirect(self._back())

    def _back(self) -> str:
        """Where the reader came from: a page of the admin; else the row's own."""
        request, options = self.request, self.row._meta
        referer = urlsplit(request.headers.get("Referer", ""))
        came_from = referer._replace(scheme="", netloc="").geturl()
        if referer.netloc != request.get_host() or referer.path == request.path:
            came_from = ""
        wanted = request.GET.get("next") or came_from
        inside = wanted.startswith(reverse("admin:index"))
        if inside and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            return wanted
        name = f"admin:{options.app_label}_{options.model_name}_change"
        return reverse(name, args=(self.row.pk,))

    def _render(
        self, form: VerbForm, *, effect: Effect | None = None, is_other: bool = False
    ) -> HttpResponse:
        self.request.current_app = self.page.admin_site.name
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": self.verb.title,
            "opts": self.page.opts,
            "verb": self.verb,
            "object": self.row,
            "scheme": self.card.definition.scheme,
            "now": self.now,
            "form": form,
            "facts": facts(self.row, now=self.now),
            "effect": effect,
            "tables": tables(effect) if effect else [],
            "is_other": is_other,
            "back": self._back(),
        }
        return render(self.request, "admin/verbs/page.html", context)


def with_card(row: Any) -> Any:
    """The row, with its card, member and rules fetched at once."""
    rules = Card.objects.select_related("member__unit", "definition__scheme")
    if isinstance(row, Card):
        fetched = rules.get(pk=row.pk)
        row.member, row.definition = fetched.member, fetched.definition
    else:
        row.card = rules.get(pk=row.card_id)
    return row
