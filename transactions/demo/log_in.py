"""The demo's staff log-ins: known to everybody, so only made where DEBUG is on."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from schemes.models import Unit, UnitAccess
from transactions.demo.shop import UNIT

DEMO_USER = "admin"
DEMO_PASSWORD = "loyalty-demo"  # noqa: S105 - printed on purpose, see create_users
# One for each role: named as the role is, but for the capital.
DEMO_STAFF = ("viewer", "agent", "manager", "finance", "administrator")


def create_users() -> bool:
    """Make the demo's superuser and one of the shop's staff for each role.

    Never where there is a user already, nor where DEBUG is off; answers whether it did.
    """
    users = get_user_model()._default_manager
    if not settings.DEBUG or users.exists():
        return False
    # Hashed once: that takes its time.
    password = make_password(DEMO_PASSWORD)
    users.create(
        username=DEMO_USER, password=password, is_staff=True, is_superuser=True
    )
    for name in DEMO_STAFF:
        user = users.create(username=name, password=password, is_staff=True)
        user.groups.set(Group.objects.filter(name=name.capitalize()))
        for unit in Unit.objects.filter(incoming_identifier=UNIT):
            UnitAccess.objects.create(user=user, unit=unit)
    return True


def log_in() -> str:
    """What to print beside the address; empty where the demo's log-in does not work."""
    users = get_user_model()._default_manager.filter(is_active=True)
    admin = users.filter(username=DEMO_USER).first()
    if admin is None or not admin.check_password(DEMO_PASSWORD):
        return ""
    # Of the same digest, so of the same password: to check each takes its time.
    same = users.filter(username__in=DEMO_STAFF, password=admin.password).order_by("pk")
    staff = ", ".join(user.get_username() for user in same)
    others = f" (or with the same password {staff})" if staff else ""
    return f"{DEMO_USER}, password {DEMO_PASSWORD}{others}"
