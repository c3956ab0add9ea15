"""Pages that publish, stop and copy: they show first what will happen."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.errors import Refusal
from schemes import operations, sentences
from schemes.admin.live import EXAMPLE, all_rules, stored_rules, tell, this_minute
from schemes.admin.parts import Page
from schemes.admin.trying import named
from schemes.models import CardDefinition
from schemes.models.scheme import Status


class VersionForm(forms.Form):
    """Which version of the scheme was shown before the button was pressed."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PublishSchemeForm(VersionForm):
    """Which of the scheme's definitions are published with it."""

    definitions = forms.ModelMultipleChoiceField(
        queryset=CardDefinition.objects.none(),
        required=False,
        label=gettext_lazy("Publish these card definitions too"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy(
            "Points are earned and spent by published definitions alone. The others "
            "stay as they are."
        ),
    )

    def __init__(self, *args, scheme, **options):
        super().__init__(*args, **options)
        waiting = scheme.card_definitions.exclude(status=Status.ACTIVE).order_by("name")
        field: Any = self.fields["definitions"]
        field.queryset = waiting
        field.label_from_instance = named
        field.initial = [each.pk for each in waiting if each.status == Status.DRAFT]
        if not waiting:
            del self.fields["definitions"]


class CopyForm(forms.Form):
    """What the copy is called."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("What staff know the copy by."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Your own name for the copy, unique in the unit."),
    )


class ActingPage(Page):
    """A page with buttons that lead to a page of their own, and back."""

    def has_publish_permission(self, request, obj=None):
        return request.user.has_perm("schemes.publish_scheme")

    def act(self, request, row, form, do, **context):
        """Show what will happen; do it when the button there is pressed.

        do: gets what was typed, does it, and answers the row to go to and what to say.
        """
        if request.method == "POST" and form.is_valid():
            try:
                target, done = do(form.cleaned_data)
            except Refusal as refusal:
                known = refusal.field in form.fields and refusal.field != "version"
                form.add_error(
                    refusal.field if known else None, sentences.in_words(refusal)
                )
            else:
                self.log_change(request, target, done)
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(_page_of(target))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "form": form,
            "back": _page_of(row),
            **context,
        }
        return render(request, "schemes/act.html", context)

    def stop_page(self, request, row, version, do):
        """Show what ends and what goes on; stop it when the button is pressed."""
        return self.act(
            request,
            row,
            VersionForm(request.POST or None, initial={"version": version}),
            do,
            title=_("Deactivate %(name)s") % {"name": row.name},
            does=sentences.what_stopping_does(),
            button=_("Deactivate"),
            danger=True,
        )

    def get_actions_detail(self, request, object_id):
        """The buttons that fit what the row is now."""
        actions = super().get_actions_detail(request, object_id)
        row = self.get_object(request, object_id)
        hidden = "stop" if row is None or row.status != Status.ACTIVE else "publish"
        return [each for each in actions if not each.action_name.endswith(f"_{hidden}")]


class PublishableScheme(ActingPage):
    """Publish, stop and copy a scheme."""

    def has_copy_permission(self, request, obj=None):
        return request.user.has_perms(
            ["schemes.add_scheme", "schemes.add_carddefinition"]
        )

    @action(
        description=gettext_lazy("Publish"), permissions=["publish"], icon="publish"
    )
    def publish(self, request, object_id):
        scheme, now = self.own_or_404(request, object_id), this_minute()
        published = copy(scheme)
        published.status = Status.ACTIVE
        rules = all_rules(published)
        form = PublishSchemeForm(
            request.POST or None, scheme=scheme, initial={"version": scheme.version}
        )

        def do(typed):
            operations.publish_scheme(
                scheme=scheme,
                definitions=typed.get("definitions", ()),
                expected_version=typed["version"],
            )
            return scheme, _("%(name)s is published.") % {"name": scheme.name}

        return self.act(
            request,
            scheme,
            form,
            do,
            title=_("Publish %(name)s") % {"name": scheme.name},
            does=[
                sentences.runs(scheme),
                *sentences.what_publishing_does(now, scheme),
            ],
            missing=sentences.missing_of_scheme(scheme, rules, now=now),
            told=[tell(each, amount=EXAMPLE, now=now) for each in rules],
            button=_("Publish"),
        )

    @action(
        description=gettext_lazy("Deactivate"), permissions=["publish"], icon="pause"
    )
    def stop(self, request, object_id):
        scheme = self.own_or_404(request, object_id)

        def do(typed):
            stopped = operations.deactivate_scheme(
                scheme=scheme, expected_version=typed["version"]
            )
            return stopped, _("%(name)s is inactive.") % {"name": scheme.name}

        return self.stop_page(request, scheme, scheme.version, do)

    @action(description=gettext_lazy("Copy"), permissions=["copy"], icon="content_copy")
    def copy_scheme(self, request, object_id):
        scheme = self.own_or_404(request, object_id)
        suggested = {
            "name": (_("Copy of %(name)s") % {"name": scheme.name})[:200],
            "reference": f"{scheme.reference[:195]}-copy",
        }
        form = CopyForm(request.POST or None, initial=suggested)

        def do(typed):
            copied = operations.copy_scheme(scheme=scheme, **typed)
            return copied, _("This is the copy: a draft, until it is published.")

        return self.act(
            request,
            scheme,
            form,
            do,
            title=_("Copy %(name)s") % {"name": scheme.name},
            does=[
                _("The copy is a new draft with the same dates, rules and rates."),
                _("Its card definitions are drafts too. Cards and points stay here."),
            ],
            button=_("Copy"),
        )


class PublishableDefinition(ActingPage):
    """Publish and stop one definition."""

    @action(
        description=gettext_lazy("Publish"), permissions=["publish"], icon="publish"
    )
    def publish(self, request, object_id):
        definition, now = self.own_or_404(request, object_id), this_minute()
        rules, scheme = stored_rules(definition), definition.scheme
        form = VersionForm(request.POST or None, initial={"version": scheme.version})

        def do(typed):
            published = operations.activate_definition(
                definition=definition, expected_version=typed["version"]
            )
            return published, _("%(name)s is published.") % {"name": definition.name}

        return self.act(
            request,
            definition,
            form,
            do,
            title=_("Publish %(name)s") % {"name": definition.name},
            does=sentences.what_publishing_does(now, scheme),
            told=[tell(rules, amount=EXAMPLE, now=now)],
            button=_("Publish"),
        )

    @action(
        description=gettext_lazy("Deactivate"), permissions=["publish"], icon="pause"
    )
    def stop(self, request, object_id):
        definition = self.own_or_404(request, object_id)

        def do(typed):
            stopped = operations.deactivate_definition(
                definition=definition, expected_version=typed["version"]
            )
            return stopped, _("%(name)s is inactive.") % {"name": definition.name}

        return self.stop_page(request, definition, definition.scheme.version, do)


def _page_of(row):
    options = row._meta
    name = f"admin:{options.app_label}_{options.model_name}_change"
    return reverse(name, args=(row.pk,))
