"""Who may log in to the admin, for which units and in which roles."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from loyalty.roles import MEANINGS, ROLES
from schemes.access import units_of
from schemes.admin.own_units import OwnChoices
from schemes.admin.readable import ReadablePage
from schemes.models import UnitAccess

admin.site.unregister(User)
admin.site.unregister(Group)


def roles_to_give(giver):
    """The groups that a user may give: superusers any, others roles below their own.

    Nobody gives away what they may not do themselves.
    """
    groups = Group.objects.order_by("name")
    if giver.is_superuser:
        return groups
    may = giver.get_all_permissions()
    return groups.filter(name__in=[name for name in ROLES if ROLES[name] <= may])


def users_managed_by(manager):
    """The users whom a user may see and change here: superusers all of them.

    Others manage those of their own units who may nothing but what they could give
    themselves. Who can set somebody's password can be that person, so that whoever may
    more, or works for another unit as well, is left to superusers.
    """
    users = User.objects.all()
    if manager.is_superuser:
        return users
    accesses = UnitAccess.objects.filter(user=OuterRef("pk"))
    elsewhere = accesses.exclude(unit__in=units_of(manager))
    beyond = User.objects.filter(pk=OuterRef("pk")).filter(
        Q(user_permissions__isnull=False)
        | Q(groups__in=Group.objects.exclude(pk__in=roles_to_give(manager)))
    )
    return users.filter(
        Exists(accesses), ~Exists(elsewhere), ~Exists(beyond), is_superuser=False
    )


class RoleField(forms.ModelMultipleChoiceField):
    """Groups to tick, each role with what it is for."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def label_from_instance(self, obj):
        meaning = MEANINGS.get(obj.name)
        return f"{obj.name}: {meaning}" if meaning else obj.name


class UnitAccessInline(OwnChoices, TabularInline):
    """The units that somebody works for."""

    model = UnitAccess
    fields = ("unit",)
    extra = 0
    hide_title = True

    def get_min_num(self, request, obj=None, **options):
        # A user of no unit would be nobody's: out of their own maker's sight.
        return 0 if request.user.is_superuser else 1

    def get_formset(self, request, obj=None, **options):
        options["validate_min"] = True
        return super().get_formset(request, obj, **options)


@admin.register(User)
class StaffAdmin(ReadablePage, UserAdmin, ModelAdmin):
    """Staff: people who log in here. Members of a scheme are not among them.

    An administrator who is no superuser manages those of `users_managed_by`, gives them
    the roles of `roles_to_give`, and sets nothing that would let them do more.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "email",
        "roles",
        "is_active",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_superuser", "groups")
    compressed_fields = True
    filter_horizontal = ("user_permissions",)
    inlines = (UnitAccessInline,)
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (_("May do"), {"fields": ("groups",)}),
    )
    managed_fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("May do"), {"fields": ("is_active", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request):
        managed = users_managed_by(request.user).values("pk")
        users = super().get_queryset(request).filter(pk__in=managed)
        return users.prefetch_related("groups")

    def get_list_display(self, request):
        names = super().get_list_display(request)
        if request.user.is_superuser:
            return names
        return [name for name in names if name != "is_superuser"]

    @admin.display(description=_("Roles"))
    def roles(self, obj):
        return ", ".join(sorted(group.name for group in obj.groups.all()))

    def get_fieldsets(self, request, obj=None):
        if obj is None or request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return self.managed_fieldsets

    def get_readonly_fields(self, request, obj=None):
        # The clock sets them.
        return [*super().get_readonly_fields(request, obj), "last_login", "date_joined"]

    def get_list_filter(self, request):
        return self.list_filter if request.user.is_superuser else ("is_active",)

    def formfield_for_manytomany(self, db_field, request=None, **options):
        if db_field.name == "groups":
            return RoleField(
                queryset=roles_to_give(request.user),
                required=False,
                label=_("Roles"),
                help_text=_("What the person may do in the units they work for."),
            )
        return super().formfield_for_manytomany(db_field, request, **options)

    def has_delete_permission(self, request, obj=None):
        # What somebody did is kept under their name: make them inactive.
        return request.user.is_superuser

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin, ModelAdmin):
    """What a group of staff may do: for superusers to say.

    The ready-made roles are set anew by every migrate.
    """

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
