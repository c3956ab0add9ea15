"""What a caller may do: a scope for each resource and action."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.callers import Caller


def scope_of(view: Any, *, method: str, action: str | None) -> str:
    """The scope a request needs: the action's own, or `<resource>:read` or `:write`.

    A view names its `scope_resource`; `scopes` maps actions that need another scope.
    """
    own = getattr(view, "scopes", {}).get(action or "")
    if own:
        return str(own)
    verb = "read" if method in SAFE_METHODS else "write"
    return f"{view.scope_resource}:{verb}"


class HasScope(BasePermission):
    """Let a caller through that holds the scope of the view's action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller holds it; the message names the scope if not."""
        if not isinstance(request.auth, Caller):
            return False
        method = str(request.method)
        if method == "OPTIONS" or getattr(view, "action", "") is None:
            return True  # there is no such method, which is told next
        scope = scope_of(view, method=method, action=getattr(view, "action", None))
        self.message = f"This needs the scope {scope}."
        return request.auth.may(scope)
