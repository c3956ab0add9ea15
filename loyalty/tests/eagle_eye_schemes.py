"""Somebody who makes Eagle Eye schemes in tests, with the bodies of its own page."""

import json
from pathlib import Path
from typing import Any

from loyalty.tests import api
from schemes.models import CardDefinition
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    UnitFactory,
)

CONTRACTS = Path(__file__).parent / "contracts"
POINTS = "/schemes/points"
ERROR = {"errorCode", "errorMessage", "errorDescription", "details"}


def contract(name: str) -> Any:
    """The body of the page's call to make a scheme: "request" or "response"."""
    path = CONTRACTS / f"eagle_eye_create_points_scheme.{name}.json"
    return json.loads(path.read_text())


def changed(body: Any, path: str, value: Any) -> Any:
    """The body with another value at a path of names, made where it is missing."""
    *names, last = path.split(".")
    part = body
    for name in names:
        part = part.setdefault(name, {})
    part[last] = value
    return body


def asked(path: str, value: Any) -> Any:
    """The page's request with another value at a path."""
    return changed(contract("request"), path, value)


def shop(identifier: str = "aeplc", **options: Any) -> api.Caller:
    """A program of a unit of this identifier."""
    unit = UnitFactory(name="A Shop", incoming_identifier=identifier)
    return api.client(unit, **options)


def made(caller: api.Caller, body: Any = None) -> Any:
    """The answer to a new scheme."""
    return api.created(caller.post(POINTS, body or contract("request")))


def waits(**rule: Any) -> Any:
    """The page's request whose points wait, or by which rule they would."""
    return asked("pendingPoints", {"enabled": True, **rule})


def address(scheme: Any) -> str:
    """Where the scheme of this answer is."""
    return f"/schemes/{scheme['id']}"


def shown(caller: api.Caller, scheme: Any) -> Any:
    """The scheme as it is shown now."""
    return api.shown(caller.get(address(scheme)))


def put(caller: api.Caller, scheme: Any, body: Any) -> Any:
    """The answer to another body for the scheme."""
    return caller.send("put", address(scheme), body)


def patched(caller: api.Caller, scheme: Any, path: str, value: Any) -> Any:
    """The scheme once a patch has changed what is at a path."""
    return api.shown(caller.patch(address(scheme), changed({}, path, value)))


def native(**rules: Any) -> tuple[Any, api.Caller]:
    """A definition with rates that another API made, and a caller of its unit."""
    definition: Any = CardDefinitionFactory(scheme__reference="NATIVE", **rules)
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    return definition, api.client(definition.scheme.unit)


def without(answer: Any, *names: str) -> Any:
    """The answer without these names."""
    return {name: answer[name] for name in answer if name not in names}


def definition_of(scheme: Any) -> CardDefinition:
    """What was stored for the scheme of this answer."""
    return CardDefinition.objects.select_related("scheme").get(pk=int(scheme["id"]))


def refusal(answer: Any) -> tuple[int, str]:
    """The status and the code of a refusal, which must have Eagle Eye's shape."""
    body = answer.json()
    assert set(body) == ERROR, body
    assert isinstance(body["details"], list)
    return answer.status_code, body["errorCode"]


def said(answer: Any) -> str:
    """What a 400 says of the fields at fault."""
    assert refusal(answer)[0] == 400, answer.content
    return " ".join(answer.json()["details"])
