"""The demo's staff log-in: known to everybody, so only made where DEBUG is on."""

from django.conf import settings
from django.contrib.auth import get_user_model

DEMO_USER = "admin"
DEMO_PASSWORD = "loyalty-demo"  # noqa: S105 - printed on purpose, see create_user


def create_user() -> bool:
    """Make the demo's superuser; answers whether it did.

    Never where there is a user already, nor where DEBUG is off.
    """
    users = get_user_model()._default_manager
    if not settings.DEBUG or users.exists():
        return False
    get_user_model().objects.create_superuser(
        username=DEMO_USER, password=DEMO_PASSWORD
    )
    return True


def log_in() -> str:
    """What to print beside the address; empty where the demo's log-in does not work."""
    user = get_user_model()._default_manager.filter(username=DEMO_USER).first()
    if user is None or not user.is_active or not user.check_password(DEMO_PASSWORD):
        return ""
    return f"{DEMO_USER}, password {DEMO_PASSWORD}"
