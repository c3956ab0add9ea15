"""The OpenAPI document: how callers prove who they are, and how every error looks."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from loyalty.api.examples import EXAMPLES

ERROR = {
    "type": "object",
    "description": "The one shape of every error. `key` is stable.",
    "required": ["code", "key", "message"],
    "properties": {
        "code": {"type": "integer", "description": "HTTP status code."},
        "key": {"type": "string", "description": "Machine-readable error key."},
        "message": {"type": "string", "description": "Human-readable message."},
        "details": {"type": "string", "description": "The field and the rule."},
        "request_id": {"type": ["string", "null"]},
        "resource_id": {"type": ["string", "null"]},
        "resource_type": {"type": ["string", "null"]},
    },
    "example": {
        "code": 409,
        "key": "insufficient_points",
        "message": "The card has 0 active points, not 100.",
        "details": "points: The card has 0 active points, not 100.",
        "request_id": "2f1c0a9e5d9f4d0f8f7a3b6c1e2d4a5b",
        "resource_id": None,
        "resource_type": None,
    },
}
ALWAYS = {
    "400": "The input cannot be used as it is; `details` names the field.",
    "401": "No credentials, or wrong ones.",
    "403": "The caller lacks the scope.",
    "404": "There is no such thing in the caller's unit.",
    "405": "The method is not allowed here.",
    "406": "The answer is JSON.",
    "429": "Too many requests; `Retry-After` says when to come again.",
}
ON_WRITES = {
    "409": "It contradicts what has already happened.",
    "413": "The body is too large.",
    "415": "The body must be JSON.",
    "422": "The `Idempotency-Key` was used for another request.",
    "423": "The state of something blocks this.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A retry with the same key and body gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


class ClientScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    """Bearer token, or the pair of headers."""

    target_class = "loyalty.api.authentication.ClientAuthentication"
    name = ["bearerAuth", "appId", "appToken"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """What `create_api_client` prints, in either form."""
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "X-App-Id"},
            {"type": "apiKey", "in": "header", "name": "X-App-Token"},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """The token, or both of the headers."""
        return [{"bearerAuth": []}, {"appId": [], "appToken": []}]


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    """The admin session of staff."""

    target_class = "loyalty.api.authentication.StaffAuthentication"
    name = "staffSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Django's session cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def close_requests(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Post-processing hook: say that a body may have no other fields."""
    for name, schema in result["components"].get("schemas", {}).items():
        if name.endswith("Request") and "properties" in schema:
            schema["additionalProperties"] = False
    return result


def add_errors(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Post-processing hook: document on every operation what it can be refused with."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    for _, method, operation in _operations(result):
        writes = method != "get"
        answers = {**ALWAYS, **(ON_WRITES if writes else {})}
        for status, description in answers.items():
            operation["responses"].setdefault(status, _error(description))
        operation["responses"] = dict(sorted(operation["responses"].items()))
        if writes:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def add_examples(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Post-processing hook: show what the main operations are sent and answer."""
    for path, method, operation in _operations(result):
        example = EXAMPLES.get(f"{method.upper()} {path.removeprefix('/api/v1')}")
        if example is None:
            continue
        if "body" in example:
            _json(operation["requestBody"])["example"] = example["body"]
        _json(operation["responses"][example["status"]])["example"] = example["answer"]
    return result


def _operations(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def _json(part: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = part["content"]["application/json"]
    return content


def _error(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }
