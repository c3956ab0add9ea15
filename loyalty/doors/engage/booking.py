"""What becomes of the rows of one call: each is booked for itself, or refused."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from rest_framework.exceptions import ValidationError

from accounts.models import Card, Member
from accounts.opening import cards_of
from loyalty.doors.engage.serializers import TransactionRowSerializer
from schemes.models import CardDefinition, Unit
from transactions import ledger

# What the fields of a row are called by the rules.
FIELDS = {
    "points": "amount",
    "occurred_at": "timeStamp",
    "valid_from": "validFrom",
    "valid_to": "validTo",
}

Values = Mapping[str, Any]


class Booking:
    """The rows of one call, and what became of each.

    rows: as they were sent, whatever they are.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self._accepted: list[dict[str, Any]] = []
        self._errors: list[dict[str, Any]] = []
        self._missing_contacts: list[str] = []
        self._missing_definitions: list[int] = []

    def book(self, *, unit: Unit, actor: str, now: datetime) -> None:
        """Book the rows in their order. Call it once, in a transaction; `now` is aware.

        A few statements do it, however many rows.
        """
        rows = self._known(self._readable(now=now), unit=unit)
        accounts = cards_of(
            [(member, rules) for member, rules, _ in rows.values()], now=now
        )
        cards = {
            index: accounts[member.pk, rules.pk]
            for index, (member, rules, _) in rows.items()
        }
        calls = [
            _call(values, cards[index], actor=actor, now=now)
            for index, (_, _, values) in rows.items()
        ]
        outcomes = ledger.batch(rows=calls, now=now)
        for index, outcome in zip(rows, outcomes, strict=True):
            self._note(index, outcome, account=cards[index])

    def body(self) -> dict[str, Any]:
        """The answer. Engage's clients read the four lists in the middle.

        Source: Engage's own client of "Point transactions being sent to a contacts
        specified point account"; `accepted` and `errors` are ours.
        """
        errors = sorted(self._errors, key=itemgetter("index"))
        refused = dict.fromkeys(error["index"] for error in errors)
        return {
            "accepted": self._accepted,
            "notAccepted": [self._rows[index] for index in refused],
            "errorMessages": [_sentence(error) for error in errors],
            "missingDefinitionIds": sorted(set(self._missing_definitions)),
            "missingContactIds": sorted(set(self._missing_contacts)),
            "errors": errors,
        }

    def _readable(self, *, now: datetime) -> dict[int, Values]:
        """The rows that make sense, by their places."""
        serializer = TransactionRowSerializer(context={"now": now})
        readable = {}
        for index, row in enumerate(self._rows):
            try:
                readable[index] = serializer.run_validation(row)
            except ValidationError as error:
                for field, message in _problems(error):
                    self._refuse(index, "invalid_input", field, message)
        return readable

    def _known(
        self, rows: Mapping[int, Values], *, unit: Unit
    ) -> dict[int, tuple[Member, CardDefinition, Values]]:
        """The rows of contacts and definitions that the unit has, with the two."""
        named = {values["contactId"] for values in rows.values()}
        members = {
            member.uuid: member
            for member in Member.objects.filter(unit=unit, uuid__in=named)
        }
        definitions = {
            rules.pk: rules
            for rules in CardDefinition.objects.filter(
                scheme__unit=unit
            ).select_related("scheme")
        }
        known = {}
        for index, values in rows.items():
            contact, definition = values["contactId"], values["definitionId"]
            if contact not in members:
                self._missing_contacts.append(str(contact))
                self._refuse(
                    index, "not_found", "contactId", f"There is no contact {contact}."
                )
            if definition not in definitions:
                self._missing_definitions.append(definition)
                message = f"There is no definition {definition}."
                self._refuse(index, "not_found", "definitionId", message)
            if contact in members and definition in definitions:
                known[index] = members[contact], definitions[definition], values
        return known

    def _note(self, index: int, outcome: ledger.Outcome, *, account: Card) -> None:
        if outcome.refusal is not None:
            refusal = outcome.refusal
            field = FIELDS.get(refusal.field, refusal.field)
            self._refuse(index, refusal.key, field, refusal.message)
        elif outcome.answer is not None:
            booked = outcome.answer.points + outcome.answer.pending_points
            self._accepted.append(
                {
                    "index": index,
                    "id": str(outcome.answer.uuid),
                    "accountId": str(account.uuid),
                    "amount": booked,  # fewer than were sent, where a limit says so
                }
            )

    def _refuse(self, index: int, key: str, field: str, message: str) -> None:
        self._errors.append(
            {"index": index, "key": key, "field": field, "message": message}
        )


def _call(values: Values, card: Card, *, actor: str, now: datetime) -> ledger.Row:
    """The verb of a row.

    Points with no validFrom, or with one in the past, are active, whatever the
    definition says. Source: Engage "Pending points", "About pending points".
    """
    happened = values["timeStamp"]
    cause = ledger.Cause(
        actor=actor,
        reason=values["description"],
        occurred_at=happened,
        metadata={"source": values["source"]},
    )
    if values["amount"] < 0:
        verb, arguments = ledger.BatchVerb.DEBIT, {"points": -values["amount"]}
    else:
        verb = ledger.BatchVerb.EARN
        arguments = {
            "points": values["amount"],
            "valid_from": values["validFrom"] or happened or now,
            "valid_to": values["validTo"],
        }
    return ledger.Row(verb=verb, card_id=card.pk, arguments=arguments, cause=cause)


def _problems(error: ValidationError) -> Iterable[tuple[str, str]]:
    """Each message of a row's errors, with its field."""
    # Of a row that is null there is one list for the whole.
    detail = error.detail if isinstance(error.detail, dict) else {"": error.detail}
    for field, messages in detail.items():
        for message in messages:
            yield "" if field == "non_field_errors" else field, str(message)


def _sentence(error: Mapping[str, Any]) -> str:
    field = f"{error['field']}: " if error["field"] else ""
    return f"Row {error['index']}: {field}{error['message']}"
