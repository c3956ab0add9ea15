"""What `filters[<field>][conditions][$op]=value` asks of a list's rows."""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.ids import Kind
from loyalty.errors import BadInput, NotFound

JUNCTION = "filters[junction]"
# One value, or several as an array: `[$in]`, `[$in][]` and `[$in][0]` are the same.
CONDITION = re.compile(r"filters\[(\w+)\]\[conditions\]\[(\$\w+)\](?:\[\d{0,3}\])?\Z")
MANY = ("$in", "$not_in")
DAY = timedelta(days=1)


class InvalidQuery(BadInput):
    """A parameter of a list is unknown, or its value cannot be used (400)."""

    key = "invalid_query_params"


class Filter(ABC):
    """What one field of a list can be filtered by.

    column: the field or annotation of the rows.
    """

    most_values = 10
    operators: tuple[str, ...] = ("$is", "$is_not", *MANY)

    def __init__(self, column: str) -> None:
        self.column = column

    @abstractmethod
    def q(self, operator: str, texts: Sequence[str], *, now: datetime) -> Q:
        """The condition that one operator and its values make.

        :raises ValueError: if a value makes no sense, and why.
        """

    def among(self, operator: str, values: Sequence[Any]) -> Q:
        """That the column is one of the values, or none of them."""
        found = Q(**{f"{self.column}__in": values})
        return ~found if operator in ("$is_not", "$not_in") else found

    def is_empty(self, operator: str, texts: Sequence[str]) -> Q:
        """That the column has a value, or none."""
        if texts[0] not in ("", "true"):
            raise ValueError("is true or left empty")
        return Q(**{f"{self.column}__isnull": operator == "$is_unknown"})


class IdFilter(Filter):
    """By an id of one kind; a malformed one is nobody's."""

    most_values = 100

    def __init__(self, kind: Kind, column: str = "uuid") -> None:
        super().__init__(column)
        self.kind = kind

    def q(self, operator: str, texts: Sequence[str], *, now: datetime) -> Q:
        """That the object is, or is not, one of these."""
        uuids = []
        for text in texts:
            try:
                uuids.append(ids.read(text, self.kind))
            except NotFound:
                continue
        return self.among(operator, uuids)


class EnumFilter(Filter):
    """By one of the words of Voucherify; `values` says what they are in the column."""

    def __init__(self, column: str, values: Mapping[str, Any]) -> None:
        super().__init__(column)
        self.values = values

    def q(self, operator: str, texts: Sequence[str], *, now: datetime) -> Q:
        """That the column is, or is not, one of these words."""
        for text in texts:
            if text not in self.values:
                raise ValueError(f"is one of {', '.join(self.values)}")
        return self.among(operator, [self.values[text] for text in texts])


class TextFilter(Filter):
    """By a text, whole or in part; parts are found in capitals as in small letters."""

    lookups = {
        "$contains": "icontains",
        "$not_contain": "icontains",
        "$starts_with": "istartswith",
        "$ends_with": "iendswith",
    }
    operators = (*Filter.operators, *lookups, "$has_value", "$is_unknown")

    def q(self, operator: str, texts: Sequence[str], *, now: datetime) -> Q:
        """That the text is, contains, begins or ends like this, or not."""
        if operator in ("$has_value", "$is_unknown"):
            return self.is_empty(operator, texts)
        if operator not in self.lookups:
            return self.among(operator, texts)
        found = Q(**{f"{self.column}__{self.lookups[operator]}": texts[0]})
        return ~found if operator == "$not_contain" else found


class DateFilter(Filter):
    """By a moment: before or after a day or a moment, or so many days ago (UTC)."""

    operators = (
        "$before",
        "$after",
        "$is",
        "$more_than",
        "$less_than",
        "$has_value",
        "$is_unknown",
    )

    def q(self, operator: str, texts: Sequence[str], *, now: datetime) -> Q:
        """That the moment lies there."""
        if operator in ("$has_value", "$is_unknown"):
            return self.is_empty(operator, texts)
        if operator == "$before":
            return Q(**{f"{self.column}__lt": _ends(texts[0])[0]})
        if operator == "$after":
            return Q(**{f"{self.column}__gte": _ends(texts[0])[1]})
        ago = now - _days(texts[0])
        if operator == "$more_than":
            return Q(**{f"{self.column}__lt": ago})
        if operator == "$less_than":
            return Q(**{f"{self.column}__gt": ago})
        start = datetime.combine(ago.astimezone(UTC), time(), tzinfo=UTC)
        column = self.column
        return Q(**{f"{column}__gte": start, f"{column}__lt": start + DAY})


def condition(
    parameters: QueryDict, filters: Mapping[str, Filter], *, now: datetime
) -> Q:
    """What the parameters ask of the rows; several conditions on a field all hold.

    `filters[junction]` says whether all fields must agree (AND) or one of them (OR).

    :raises InvalidQuery: if a filter, an operator or a value is not known.
    """
    fields: dict[str, Q] = defaultdict(Q)
    for (field, operator), texts in _conditions(parameters).items():
        name = f"filters[{field}][conditions][{operator}]"
        if field not in filters:
            raise InvalidQuery(f'Nothing is filtered by "{field}" here.', field=name)
        fields[field] &= _condition(filters[field], operator, texts, now=now, name=name)
    junction = parameters.get(JUNCTION, "AND")
    if junction not in ("AND", "OR"):
        raise InvalidQuery("The junction is AND or OR.", field=JUNCTION)
    whole = Q()
    for each in fields.values():
        whole = whole | each if junction == "OR" else whole & each
    return whole


def is_filter(parameter: str) -> bool:
    """Whether a parameter of the query is part of a filter."""
    return parameter == JUNCTION or CONDITION.match(parameter) is not None


def _conditions(parameters: QueryDict) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for parameter, texts in parameters.lists():
        if match := CONDITION.match(parameter):
            found[match[1], match[2]] += [str(text) for text in texts]
    return found


def _condition(
    filter_: Filter, operator: str, texts: Sequence[str], *, now: datetime, name: str
) -> Q:
    if operator not in filter_.operators:
        known = ", ".join(filter_.operators)
        raise InvalidQuery(f"The operator is one of {known}.", field=name)
    most = filter_.most_values if operator in MANY else 1
    if len(texts) > most:
        raise InvalidQuery(f"At most {most} values.", field=name)
    if any("\0" in text for text in texts):
        raise InvalidQuery("A text contains a NUL.", field=name)
    try:
        return filter_.q(operator, texts, now=now)
    except ValueError as error:
        raise InvalidQuery(f"The value {error}.", field=name) from error


def _ends(text: str) -> tuple[datetime, datetime]:
    """Where the day or the moment begins, and where what is after it begins."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day, moment = None, None
    if day is not None and 1 < day.year < 9999:
        start = datetime.combine(day, time(), tzinfo=UTC)
        return start, start + DAY
    if moment is not None and 1 < moment.year < 9999:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware, aware + timedelta.resolution
    raise ValueError("is a date like 2026-01-31")


def _days(text: str) -> timedelta:
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise ValueError("is a number of days")
    return timedelta(days=int(text))
