"""The member's page once more, now with the whole story of the member's points."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin.members import MemberAdmin
from accounts.models import Member
from transactions.admin.story import story_of

admin.site.unregister(Member)


@admin.register(Member)
class MemberWithStoryAdmin(MemberAdmin):
    """Customers, with what they hold, what they held, and what happened."""

    class Media:
        css = {"all": ("transactions/member.css",)}

    change_form_outer_before_template = "admin/accounts/member/head.html"
    change_form_outer_after_template = "admin/accounts/member/story.html"

    def get_fieldsets(self, request, obj=None):
        fieldsets: Any = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        # Changed now and then, looked at all day: closed, but where an error is.
        (_name, options), *others = fieldsets
        closed = {**options, "classes": ["collapse"]}
        return [(_("Details, and changing them"), closed), *others]

    def render_change_form(self, request, context, *args, obj=None, **options):
        if obj is not None:
            context["story"] = story_of(request, obj, now=timezone.now())
        return super().render_change_form(request, context, *args, obj=obj, **options)
