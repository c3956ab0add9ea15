"""Somebody who calls the API in tests: JSON in, JSON out, a token in every request."""

from functools import cache
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from accounts import clients
from accounts.scopes import SCOPES
from loyalty.tests.program import make_client

BASE = "/api/v1/"


class Caller:
    """A program with its token, or whoever else Django's test client is."""

    def __init__(self, http: Client) -> None:
        self.http = http

    def get(self, address: str, headers: Any = None, **parameters: Any) -> Any:
        """Get an address under /api/v1/, or a whole one."""
        return self.http.get(_whole(address), parameters, headers=headers)

    def post(self, address: str, body: Any = None, headers: Any = None) -> Any:
        """Post a body as JSON."""
        return self.send("post", address, body, headers)

    def patch(self, address: str, body: Any = None, headers: Any = None) -> Any:
        """Patch with a body of JSON."""
        return self.send("patch", address, body, headers)

    def send(self, method: str, address: str, body: Any, headers: Any = None) -> Any:
        """Send a body as JSON by any method; a get has none."""
        if method == "get":
            return self.get(address, headers)
        return getattr(self.http, method)(
            _whole(address),
            {} if body is None else body,
            content_type="application/json",
            headers=headers,
        )

    def rows(self, address: str, **parameters: Any) -> Any:
        """The rows of a list's page."""
        response = self.get(address, **parameters)
        assert response.status_code == 200, response.content
        return response.json()["results"]

    def ids(self, address: str, **parameters: Any) -> list[str]:
        """The ids of the rows of a list's page."""
        return [row["id"] for row in self.rows(address, **parameters)]


def client(unit: Any, scopes: Any = SCOPES) -> Caller:
    """A program of the unit; it may do everything, if not told otherwise."""
    made, secret = make_client(unit, scopes=scopes)
    token = clients.token(client=made, secret=secret)
    return Caller(Client(headers={"Authorization": f"Bearer {token}"}))


def refusal(response: Any) -> tuple[int, str]:
    """The status and the key of a refusal, which must have the one shape."""
    body = response.json()
    assert set(body) == {
        "code",
        "key",
        "message",
        "details",
        "request_id",
        "resource_id",
        "resource_type",
    }
    assert body["code"] == response.status_code
    return response.status_code, body["key"]


def created(response: Any) -> Any:
    """The body of a 201."""
    assert response.status_code == 201, response.content
    return response.json()


def shown(response: Any) -> Any:
    """The body of a 200."""
    assert response.status_code == 200, response.content
    return response.json()


def statements(call: Any) -> list[str]:
    """The statements that a call sends to the database."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


@cache
def operations() -> list[tuple[str, str]]:
    """Every method and path of the OpenAPI document."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(method, path) for path, each in paths.items() for method in each]


def address_of(path: str, ids: dict[str, Any]) -> str:
    """The path with the id of its resource, or with one that nobody has."""
    resource = path.removeprefix(BASE).split("/")[0]
    value = str(ids.get(resource, uuid4()))
    for name in ("{uuid}", "{id}", "{order_reference}"):
        path = path.replace(name, value)
    return path


def _whole(address: str) -> str:
    return address if address.startswith(("/", "http")) else BASE + address
