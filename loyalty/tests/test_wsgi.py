"""What the web server hands over, before Django sees it."""

import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from accounts import clients
from loyalty.tests.program import make_client
from loyalty.wsgi import application
from schemes.models import Scheme
from schemes.tests.factories import UnitFactory

PROGRAMS = "/v2/loyalties/programs"


@pytest.fixture
def send(db):
    """Post a body in chunks, as gunicorn hands it over: without its length."""
    # As Django's own test client does: the connection is the test's, not the request's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    made, secret = make_client(UnitFactory())
    token = clients.token(client=made, secret=secret)

    def call(body):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": PROGRAMS,
            "HTTP_HOST": "testserver",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_TYPE": "application/json",
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
        }
        setup_testing_defaults(environ)
        said = []
        answer = application(environ, lambda status, headers: said.append(status))
        return int(said[0].split()[0]), json.loads(b"".join(answer))

    yield call
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_body_in_chunks_is_read(send):
    status, answer = send(b'{"name": "Club"}')

    assert (status, answer["name"]) == (200, "Club")
    assert Scheme.objects.get().name == "Club"


def test_a_body_in_chunks_may_not_be_larger_than_another(send):
    status, answer = send(b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert (status, answer["key"]) == (413, "body_too_large")
