"""What the tests of the policies share: zones with odd clocks, moments, refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from loyalty.errors import Refusal

LONDON = "Europe/London"
ZONES = (
    "UTC",
    LONDON,
    "America/New_York",
    "America/Sao_Paulo",  # midnight was skipped until 2018
    "America/St_Johns",  # clocks went back at 00:01 until 2011
    "America/Havana",  # midnight happens twice
    "Africa/Cairo",  # midnight is skipped
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # 2011-12-30 never happened
    "Asia/Kathmandu",
)

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def at(text: str, zone: str, fold: int = 0) -> datetime:
    """The wall time `text` in `zone`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def shown(moment: datetime | None, zone: str) -> str:
    """A result as the wall clock of `zone` shows it; it must be in UTC."""
    assert moment is not None
    assert moment.tzinfo is UTC
    return moment.astimezone(ZoneInfo(zone)).isoformat()


@contextmanager
def refused(kind: type[Refusal], field: str, words: str = "") -> Iterator[None]:
    """The block is refused, exactly by `kind`, on `field`, with `words` said."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.type is kind
    assert caught.value.field == field
    assert caught.value.details["field"] == field
    assert words in caught.value.message
