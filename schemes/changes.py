"""What became of a scheme: each version, who made it, and what it changed.

The history of a scheme, of its definitions and of their rates is kept row by row. The
rows of one change are written under the scheme's lock, before the scheme's own row of
the new version: so what lies between two versions is what the later one changed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.sentences.words import moment, number

# Where a row belongs is fixed. What nobody edits is not compared at all.
UNTOLD = ("unit", "scheme", "card_definition")


@dataclass(frozen=True, slots=True)
class Change:
    """One value that became another; both empty where a whole row came or went."""

    of: str
    what: str
    old: str = ""
    new: str = ""


@dataclass(slots=True)
class Version:
    """One version of a scheme and what it changed.

    who: the user name of one of the staff, or a program; "" if nobody was noted.
    """

    number: int
    at: datetime
    who: str = ""
    changes: list[Change] = field(default_factory=list)


def versions(scheme_id: int, *, rows: Sequence[Any]) -> list[Version]:
    """The versions that some rows of the scheme's history stand for, newest first.

    rows: one page of `history_of(scheme_id)`, newest first.
    """
    if not rows:
        return []
    zone = ZoneInfo(rows[0].time_zone)
    records = _records(scheme_id, rows)
    before = _rows_before(records)
    told = {row.history_id: Version(row.version, row.history_date) for row in rows}
    marks = sorted(rows, key=lambda row: (row.history_date, row.history_id))
    for record in records:
        mark = next(row for row in marks if row.history_date >= record.history_date)
        version = told[mark.history_id]
        key = type(record), record.id
        version.changes += _changes(record, before.get(key), zone)
        version.who = version.who or _who(record)
        before[key] = record
    return [told[row.history_id] for row in rows]


def history_of(scheme_id: int) -> Any:
    """The rows of the scheme's own history, newest first."""
    rows = Scheme.history.filter(id=scheme_id).select_related("history_user")
    return rows.order_by("-history_date", "-history_id")


def _records(scheme_id: int, rows: Sequence[Any]) -> list[Any]:
    """All rows of history after the version before these, oldest first."""
    last = rows[0].history_date
    earlier = history_of(scheme_id).filter(history_date__lt=rows[-1].history_date)
    first = earlier.values_list("history_date", flat=True).first()
    definitions = CardDefinition.history.filter(scheme_id=scheme_id)
    found: list[Any] = list(rows)
    for each in (
        definitions,
        *(
            model.history.filter(card_definition_id__in=definitions.values("id"))
            for model in (EarnRate, BurnRate)
        ),
    ):
        within = each.filter(history_date__lte=last)
        if first is not None:
            within = within.filter(history_date__gt=first)
        found += within.select_related("history_user")
    return sorted(found, key=_order)


def _order(record: Any) -> tuple[Any, ...]:
    """Oldest first; at one moment the scheme's own row is the last."""
    return record.history_date, isinstance(record, Scheme.history.model), record.pk


def _rows_before(records: Sequence[Any]) -> dict[tuple[type, int], Any]:
    """Of each row that changed: what it was before the first of these changes."""
    found = {}
    for model in {type(record) for record in records}:
        own = [record for record in records if type(record) is model]
        first = min(record.history_date for record in own)
        last_of_each = (
            model.objects.filter(id__in={record.id for record in own})
            .filter(history_date__lt=first)
            .values("id")
            .annotate(last=Max("history_id"))
            .values("last")
        )
        for row in model.objects.filter(history_id__in=last_of_each):
            found[model, row.id] = row
    return found


def _changes(record: Any, before: Any, zone: ZoneInfo) -> Iterator[Change]:
    of = _name(record)
    if record.history_type == "-":
        yield Change(of, _("deleted"))
    elif before is None:
        yield Change(of, _("created"))
        yield from _first_values(record, of, zone)
    else:
        delta = record.diff_against(before, excluded_fields=UNTOLD)
        for change in delta.changes:
            column = record._meta.get_field(change.field)
            yield Change(
                of,
                capfirst(column.verbose_name),
                _shown(column, change.old, zone),
                _shown(column, change.new, zone),
            )


def _first_values(record: Any, of: str, zone: ZoneInfo) -> Iterator[Change]:
    """What a new row was given, as far as it is not what every new row has."""
    for column in record.instance_type._meta.concrete_fields:
        value = getattr(record, column.attname)
        if not column.editable or column.primary_key or column.name in UNTOLD:
            continue
        if column.empty_strings_allowed and value == "":
            continue
        if value is not None and value != column.get_default():
            label = str(capfirst(column.verbose_name))
            yield Change(of, label, new=_shown(column, value, zone))


def _name(record: Any) -> str:
    model: type[Model] = record.instance_type
    kind = capfirst(model._meta.verbose_name)
    if model is Scheme:
        return str(kind)
    return f"{kind} {record.name}"


def _shown(column: Any, value: Any, zone: ZoneInfo) -> str:
    if value in (None, "", [], {}):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return moment(value, zone)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(dict(column.flatchoices).get(value, value))


def _who(record: Any) -> str:
    if record.history_user is not None:
        return str(record.history_user)
    kind, _colon, name = (record.history_change_reason or "").partition(":")
    if kind == "client":
        return _("the program %(name)s") % {"name": name}
    return name or kind
