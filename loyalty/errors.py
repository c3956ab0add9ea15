"""The refusals every app may raise: a stable key, a sentence and an HTTP status."""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):
    """A request that is understood and turned down, and why.

    What for: the rules raise it, the doors turn it into their own answer. `key` is
    stable and documented; `status` is the HTTP status; `message` is the sentence
    said when the raiser has no better one.

    Args:
        message: the sentence for the caller; the class's own if empty.
        details: more facts about this refusal, ready for JSON.
        field: the name of the input at fault; also found in `details["field"]`.
        resource_id, resource_type: what stands in the way, where it can be named.
    """

    key: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    default_message: ClassVar[str] = "The request was refused."
    # Whether the same request may well succeed a second later.
    retry_soon: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        details: Mapping[str, object] | None = None,
        field: str = "",
        resource_id: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.field = field
        self.resource_id = resource_id
        self.resource_type = resource_type
        self.details: dict[str, object] = dict(details or {})
        if field:
            self.details.setdefault("field", field)
        super().__init__(self.message)


class BadInput(Refusal):
    """What was sent cannot be used as it is (400)."""

    key = "invalid_input"
    status = 400
    default_message = "The input is not valid."


class InvalidRule(BadInput):
    """A rule of a card definition makes no sense (400)."""

    key = "invalid_rule"
    default_message = "The rule is not valid."


class NotFound(Refusal):
    """No such object, or it belongs to another unit (404)."""

    key = "not_found"
    status = 404
    default_message = "The resource was not found."


class Conflict(Refusal):
    """The request contradicts what has already happened (409)."""

    key = "conflict"
    status = 409
    default_message = "The request conflicts with the current state."


class Blocked(Refusal):
    """The state of something stands in the way, for now (423)."""

    key = "blocked"
    status = 423
    default_message = "The state of the resource does not allow this."
