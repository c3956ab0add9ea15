"""Who a change of the rules is remembered to be by."""

from typing import Any

from django.contrib.auth import get_user_model


def staff_user(request: Any = None, **_: Any) -> Any:
    """The staff user of the request; None for a program, which has no user.

    What a program changed carries its name as the reason of the change.
    """
    user = getattr(request, "user", None)
    return user if isinstance(user, get_user_model()) else None
