"""`manage.py create_api_client`: let a program call the API, and show its secret once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient
from accounts.scopes import SCOPES
from loyalty.errors import Refusal
from schemes.models import Unit


class Command(BaseCommand):
    help = "Make an API client and show its secret, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="What staff call it.")
        parser.add_argument(
            "--unit",
            required=True,
            metavar="INCOMING_IDENTIFIER",
            help="The business unit it calls for.",
        )
        parser.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            help="What it may do; can be repeated. Not given: everything. "
            f"One of {', '.join(SCOPES)}.",
        )
        parser.add_argument(
            "--address",
            action="append",
            metavar="CIDR",
            help="A network it may call from; can be repeated. Not given: any.",
        )
        parser.add_argument(
            "--rate-limit",
            type=int,
            metavar="N",
            help="Requests a minute. Not given: the default of the installation.",
        )
        parser.add_argument(
            "--allow-eagle-eye-hash",
            action="store_true",
            help="Let it sign requests with Eagle Eye's hash, which can be replayed, by "
            "this secret. A client that there is needs a new secret once staff allow it.",
        )
        parser.add_argument(
            "--json", action="store_true", help="Print only one JSON object."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, secret = clients.create_client(
                unit=_unit(options["unit"]),
                name=options["name"],
                scopes=options["scope"] or SCOPES,
                rate_limit=options["rate_limit"],
                allowed_addresses=options["address"] or (),
                allow_eagle_eye_hash=options["allow_eagle_eye_hash"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        shown = {
            "client_id": client.client_id,
            "secret": secret,
            "token": clients.token(client=client, secret=secret),
        }
        self.stdout.write(
            json.dumps(shown) if options["json"] else _readable(client, shown)
        )


def _unit(identifier: str) -> Unit:
    try:
        return Unit.objects.get(incoming_identifier=identifier)
    except Unit.DoesNotExist as error:
        raise CommandError(f'There is no business unit "{identifier}".') from error


def _readable(client: ApiClient, shown: dict[str, str]) -> str:
    hashes = "With this secret it may also sign requests with Eagle Eye's hash."
    return "\n".join(
        (
            f"{client.name} may call the API for {client.unit}.",
            f"Scopes:    {' '.join(client.scopes)}",
            f"Client id: {shown['client_id']}",
            f"Secret:    {shown['secret']}",
            f"Token:     {shown['token']}",
            *([hashes] if client.allow_eagle_eye_hash else []),
            "Keep the secret now: it is shown only this once.",
        )
    )
