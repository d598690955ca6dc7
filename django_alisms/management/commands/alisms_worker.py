"""Reads imports, sends, settles what is unknown. One or many, on one machine or several."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ...services import account, working
from ...services.actors import Actor
from ..console import AlismsCommand, ends_politely


class Command(AlismsCommand):
    help = (
        "Reads imports, sends, settles what is unknown. Several at once are fine; SIGTERM ends it politely."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="one round of what is due, then exit (for cron)"
        )
        parser.add_argument(
            "--concurrency", type=int, metavar="N", help="requests at a time (default: the setting)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        client = account.client()
        work = working.work_once if options["once"] else working.work
        with ends_politely() as stopping:
            if not options["once"]:
                self.say("alisms_worker: ready")
            work(
                client, Actor.command("alisms_worker"), stopping=stopping, concurrency=options["concurrency"]
            )
