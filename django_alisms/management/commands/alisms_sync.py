"""Reads all sign names and templates of the account, all pages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ...services import account, syncing
from ..console import AlismsCommand, actor_of, add_user


class Command(AlismsCommand):
    help = "Reads all sign names and templates of the account, all pages. Never deletes."

    def add_arguments(self, parser: CommandParser) -> None:
        add_user(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        found = syncing.sync(account.client(), actor=actor_of("alisms_sync", options["user"]))
        if options["json"]:
            self.print_json(found.as_dict())
        else:
            self.stdout.write(str(found.sentence))
