"""The OpenAPI document is committed, valid, useful, and read without the internet."""

import json
import re
from io import StringIO
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # a part of drf-spectacular
import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from loyalty.api.examples import EXAMPLES

DOCUMENT = Path(settings.BASE_DIR, "openapi.yaml")


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(DOCUMENT.read_text())


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path.removeprefix('/api/v1')}", operation


def test_the_document_is_what_the_code_says(tmp_path):
    fresh = tmp_path / "openapi.yaml"
    call_command(
        "spectacular",
        validate=True,
        fail_on_warn=True,
        file=str(fresh),
        stderr=StringIO(),
    )
    assert DOCUMENT.read_text() == fresh.read_text(), "Run `make openapi`."


def test_every_operation_is_described_and_lists_its_refusals(document):
    assert document["openapi"].startswith("3.1")
    for name, operation in operations(document):
        assert operation["description"], name
        assert operation["security"] == [
            {"bearerAuth": []},
            {"appId": [], "appToken": []},
            {"staffSession": []},
        ], name
        responses = operation["responses"]
        assert {"400", "401", "403", "404", "405", "406", "429"} <= set(responses), name
        assert any(status.startswith("2") for status in responses), name
        if not name.startswith("GET"):
            assert {"409", "413", "415", "422", "423"} <= set(responses), name


def test_every_example_fits_its_schema(document):
    def check(value, schema):
        whole = {**schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)

    seen = set()
    for name, operation in operations(document):
        example = EXAMPLES.get(name)
        if example is None:
            continue
        seen.add(name)
        answer = operation["responses"][example["status"]]["content"]
        assert answer["application/json"]["example"] == example["answer"]
        check(example["answer"], answer["application/json"]["schema"])
        if "body" in example:
            body = operation["requestBody"]["content"]["application/json"]
            assert body["example"] == json.loads(json.dumps(example["body"]))
            check(example["body"], body["schema"])
    assert seen == set(EXAMPLES)


@pytest.mark.django_db
def test_the_document_is_served():
    answer = Client().get("/api/openapi.yaml")
    assert answer.status_code == 200
    assert yaml.safe_load(answer.content) == yaml.safe_load(DOCUMENT.read_text())


def test_swagger_ui_asks_nobody_else():
    page = Client().get("/api/docs/").content.decode()
    assert "http://" not in page
    assert "https://" not in page
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) >= 4
    for file in files:
        assert file.startswith("/static/"), file
        assert finders.find(file.removeprefix("/static/")), file
