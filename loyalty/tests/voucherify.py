"""What tests of Voucherify's programs share: a caller, and bodies to begin with."""

from typing import Any

from loyalty.tests.api import Caller, client, shown
from schemes.models import CardDefinition
from schemes.tests.factories import UnitFactory

BASE = "/v2/loyalties/"


class Project:
    """A project of Voucherify's: a unit of ours, and a program that may do everything."""

    def __init__(self, unit: Any = None, **options: Any) -> None:
        self.unit = unit or UnitFactory()
        self.caller: Caller = client(self.unit, **options)

    def get(self, address: str, **parameters: Any) -> Any:
        """Get an address under /v2/loyalties/."""
        return self.caller.get(BASE + address, **parameters)

    def post(self, address: str, body: Any = None) -> Any:
        """Post a body."""
        return self.caller.post(BASE + address, body)

    def put(self, address: str, body: Any) -> Any:
        """Put a body."""
        return self.caller.send("put", BASE + address, body)

    def delete(self, address: str) -> Any:
        """Delete an object."""
        return self.caller.send("delete", BASE + address, None)

    def definition(self, name: str = "Points", **sections: Any) -> Any:
        """A new active card definition."""
        body = {"name": name, "type": "INDIVIDUAL", "status": "ACTIVE", **sections}
        return shown(self.post("card-definitions", body))

    def make(self, **sections: Any) -> Any:
        """The answer to a new card definition of these sections, a draft."""
        body = {"name": "Points", "type": "INDIVIDUAL", **sections}
        return self.post("card-definitions", body)

    def program(
        self, name: str = "Club", status: str = "ACTIVE", **sections: Any
    ) -> Any:
        """A new program with one active card definition, whose sections are given."""
        definition = self.definition(name=f"Points of {name}", **sections)
        body = {
            "name": name,
            "status": status,
            "card_definitions": [{"id": definition["id"]}],
        }
        return shown(self.post("programs", body))

    def assigned(self, program: Any) -> list[str]:
        """The ids of the card definitions in a program."""
        rows = shown(self.get(f"programs/{program['id']}/card-definitions"))["data"]
        return [row["card_definition_id"] for row in rows]

    def batch(self, program: Any, **ids: Any) -> Any:
        """Post which card definitions come and go, by their ids."""
        body = {key: [{"id": each} for each in ids[key]] for key in ids}
        return self.post(f"programs/{program['id']}/card-definitions/batch", body)

    def member(self, program: Any, customer: str = "ada", **said: Any) -> Any:
        """A new member of a program."""
        body = {"customer_id": customer, **said}
        return shown(self.post(f"programs/{program['id']}/members", body))


def stored_definition(definition: Any) -> CardDefinition:
    """Our row of a card definition that was shown."""
    uuid = definition["id"].removeprefix("lcdef_")
    return CardDefinition.objects.get(uuid=uuid)


def members_of(program: Any) -> str:
    """Where the members of a program are, under /v2/loyalties/."""
    return f"programs/{program['id']}/members"
