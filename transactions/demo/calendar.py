"""What is going to happen in the demo shop, soonest first."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush

Action = Callable[[datetime], None]
# Called with how many events have happened, and how many are known of.
Progress = Callable[[int, int], None]


class Calendar:
    """Events to come. One that happens may add others, later than itself."""

    def __init__(self) -> None:
        self._coming: list[tuple[datetime, int, Action]] = []
        self._known = 0

    def add(self, at: datetime, action: Action) -> None:
        """Let something happen at a moment, after what was added for it before."""
        heappush(self._coming, (at, self._known, action))
        self._known += 1

    def live(self, *, until: datetime, progress: Progress) -> None:
        """Let everything happen that happens before `until`, with its own moment."""
        while self._coming and self._coming[0][0] < until:
            at, _, action = heappop(self._coming)
            action(at)
            progress(self._known - len(self._coming), self._known)
