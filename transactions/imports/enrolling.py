"""Members from a file: from a row to a customer who is enrolled."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.enrolling import enrol
from accounts.models import Identity
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions.imports.failures import Failure
from transactions.imports.reading import Row
from transactions.imports.refusals import InvalidValue, MissingValue
from transactions.imports.running import Report

LONGEST = {
    "external_id": 200,
    "name": 200,
    "email": 200,
    "phone": 50,
    "card_number": 40,
    "metadata": 10_000,
}
PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{2,}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class MemberLine:
    """One customer of the file. Empty cells are empty texts."""

    external_id: str
    name: str
    email: str
    phone: str
    card_number: str
    metadata: dict[str, Any]

    @property
    def identities(self) -> list[tuple[Identity.Type, str]]:
        """What finds the member, beside the card number."""
        named = [(Identity.Type.EMAIL, self.email), (Identity.Type.PHONE, self.phone)]
        return [(type_, value) for type_, value in named if value]


def parse_member(row: Row, *, header: Sequence[str]) -> MemberLine:
    """Make a line of a row, or refuse it.

    :raises BadInput: naming the column at fault as its field.
    """
    cells = row.by_column(header, longest=LONGEST)
    if not cells["external_id"]:
        raise MissingValue("external_id is empty.", field="external_id")
    return MemberLine(
        external_id=cells["external_id"],
        name=cells.get("name", ""),
        email=_email(cells.get("email", "")),
        phone=_phone(cells.get("phone", "")),
        card_number=cells.get("card_number", ""),
        metadata=_metadata(cells),
    )


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise InvalidValue(
            f"{text!r} is not an e-mail address.", field="email"
        ) from error
    return text


def _phone(text: str) -> str:
    if text and not PHONE.fullmatch(text):
        raise InvalidValue(
            f"{text!r} is not a phone number such as +44 7700 900001.", field="phone"
        )
    return text


def _metadata(cells: Mapping[str, str]) -> dict[str, Any]:
    text = cells.get("metadata", "")
    if not text:
        return {}
    try:
        metadata = json.loads(text)
        # What no database keeps: a number without end, half of a surrogate pair.
        json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        metadata = None
    # A NUL is JSON, and yet no text that PostgreSQL keeps.
    if not isinstance(metadata, dict) or "\\u0000" in text:
        raise InvalidValue(
            'metadata is not a JSON object such as {"shop": "12"}.', field="metadata"
        )
    return metadata


class MemberBatch:
    """The rows that are enrolled in one transaction.

    definition: of the cards that the members get.
    header: of the file the rows stand in.
    now: the moment of writing (aware).
    """

    def __init__(
        self, *, definition: CardDefinition, header: Sequence[str], now: datetime
    ) -> None:
        self._definition = definition
        self._header = header
        self._now = now
        self.failures: list[Failure] = []
        self.report = Report()

    def book(self, rows: list[Row]) -> None:
        """Enrol whom it can; collect what is refused."""
        for row in rows:
            self.report.lines += 1
            self.report.last_line = row.number
            try:
                self._enrol(parse_member(row, header=self._header))
            except Refusal as refusal:
                self.report.failed += 1
                failure = Failure.of(row, refusal, header=self._header)
                self.failures.append(failure)

    def _enrol(self, line: MemberLine) -> None:
        enrolment = enrol(
            definition=self._definition,
            external_id=line.external_id,
            name=line.name,
            identities=line.identities,
            card_number=line.card_number,
            metadata=line.metadata,
            now=self._now,
        )
        if not enrolment.changes_something:
            self.report.already_there += 1
            return
        self.report.booked += 1
        self.report.members += enrolment.is_new_member
