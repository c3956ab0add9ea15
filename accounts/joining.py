"""Making many customers members at once, where a list names them."""

from collections.abc import Collection
from datetime import datetime

from accounts.models import Member
from schemes.models import Unit


def members_of(
    unit: Unit, external_ids: Collection[str], *, now: datetime
) -> dict[str, Member]:
    """The unit's members of these external ids; all that are missing are made at once.

    now: aware. One that another call makes at the same moment is waited for.
    """
    # In one order for all, so that two calls never wait for each other crosswise.
    new = [
        Member(unit=unit, external_id=external_id, created_at=now)
        for external_id in sorted(external_ids)
    ]
    Member.objects.bulk_create(new, ignore_conflicts=True)
    members = Member.objects.filter(unit=unit, external_id__in=external_ids)
    return {member.external_id: member for member in members}
