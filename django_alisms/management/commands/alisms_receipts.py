"""Ask for the receipts that are still missing, by look-ups or from the account's queues."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from ...models import Batch
from ...services import account
from ...services.actors import Actor
from ...services.receiving import polling, queues
from ...services.receiving.applying import match_early
from ...services.refusals import NotPossible
from ..console import AlismsCommand, ends_politely


class Command(AlismsCommand):
    help = (
        "Ask for the receipts still missing (QuerySendDetails), or empty the account's two queues (--queue)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", action="store_true", help="the queues instead of look-ups")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.command("alisms_receipts")
        with ends_politely() as stopping:
            match_early(actor, all_of_them=True)
            if options["queue"]:
                try:
                    done = asdict(queues.empty(account.queue_client(), actor, stopping=stopping))
                except queues.QueueUnavailable as why:
                    raise NotPossible(
                        _(
                            "The queue could not be read (%(why)s). Nothing is lost: what is in it stays there."
                        )
                        % {"why": why}
                    ) from None
                said = "from the queues: {receipts} receipts, {replies} replies, {unreadable} unreadable"
            else:
                done = asdict(polling.poll(account.client(), actor, all_of_them=True, stopping=stopping))
                said = (
                    "asked for {asked} numbers, each with all its messages of that day: {stored} receipts that were missing "
                    "are stored; {unreadable} numbers could not be read"
                )
        done["waiting"] = waiting()
        self.say(said.format(**done) + f"; {done['waiting']} people are still waiting for theirs")
        if options["json"]:
            self.print_json(done)


def waiting() -> int:
    """People accepted of whom no carrier has said anything."""
    left = Sum(F("size") - F("left_out") - F("delivered") - F("undelivered"))
    return Batch.objects.missing_receipts().aggregate(left=left)["left"] or 0
