"""The addresses of programs, card definitions and members."""

from typing import Any

from django.urls import path

from loyalty.doors.voucherify.views.definitions import CardDefinitionViewSet
from loyalty.doors.voucherify.views.members import MembershipViewSet, MemberViewSet
from loyalty.doors.voucherify.views.programs import (
    ProgramDefinitionViewSet,
    ProgramViewSet,
)

Actions = dict[str, Any]

COLLECTION: Actions = {"get": "list", "post": "create"}
SINGLE: Actions = {"get": "retrieve", "put": "update", "delete": "destroy"}
ACTIVATE: Actions = {"post": "activate"}
DEACTIVATE: Actions = {"post": "deactivate"}

PROGRAM = "programs/<str:program_id>"
MEMBER = f"{PROGRAM}/members/<str:member_id>"
DEFINITION = "card-definitions/<str:definition_id>"

urlpatterns = [
    path("programs", ProgramViewSet.as_view(COLLECTION)),
    path(PROGRAM, ProgramViewSet.as_view(SINGLE)),
    path(f"{PROGRAM}/activate", ProgramViewSet.as_view(ACTIVATE)),
    path(f"{PROGRAM}/deactivate", ProgramViewSet.as_view(DEACTIVATE)),
    path(
        f"{PROGRAM}/card-definitions",
        ProgramDefinitionViewSet.as_view({"get": "list"}),
    ),
    path(
        f"{PROGRAM}/card-definitions/batch",
        ProgramDefinitionViewSet.as_view({"post": "batch"}),
    ),
    path(f"{PROGRAM}/members", MemberViewSet.as_view(COLLECTION)),
    path(MEMBER, MemberViewSet.as_view(SINGLE)),
    path(f"{MEMBER}/activate", MemberViewSet.as_view(ACTIVATE)),
    path(f"{MEMBER}/deactivate", MemberViewSet.as_view(DEACTIVATE)),
    # A shop's own number of a customer may have a slash in it.
    path(
        f"{PROGRAM}/memberships/<path:customer_id>",
        MembershipViewSet.as_view({"get": "retrieve"}),
    ),
    path("memberships/<path:customer_id>", MembershipViewSet.as_view({"get": "list"})),
    path("card-definitions", CardDefinitionViewSet.as_view(COLLECTION)),
    path(DEFINITION, CardDefinitionViewSet.as_view(SINGLE)),
    path(f"{DEFINITION}/activate", CardDefinitionViewSet.as_view(ACTIVATE)),
    path(f"{DEFINITION}/draft", CardDefinitionViewSet.as_view({"post": "draft"})),
]
