"""What a verb would do, without doing it."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.transaction import atomic, set_rollback

T = TypeVar("T")


def preview(verb: Callable[..., T], **arguments: Any) -> T:
    """Call a verb and undo it: the same rules, the same answer, nothing written.

    The answer's rows are gone when it is returned, so only look at its columns.

    :raises Refusal: whatever the verb refuses.
    """
    with atomic():
        answer = verb(**arguments)
        set_rollback(True)
    return answer
