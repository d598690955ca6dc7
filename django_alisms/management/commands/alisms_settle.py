"""One round of look-ups for batches whose result is unknown."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from ...conf import conf
from ...models import Batch
from ...services import account, recording, settling
from ...services.actors import Actor
from ...services.clock import database_now
from ..console import AlismsCommand


class Command(AlismsCommand):
    help = "One round of look-ups for unknown batches; exit 1 while any is left unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", action="store_true", help="those not yet due as well")

    def handle(self, *args: Any, **options: Any) -> None:
        client, actor = account.client(), Actor.command("alisms_settle")
        recording.orphans(database_now(), actor)
        round_of = settling.settle_due(client, actor, early=options["now"])
        left = Batch.objects.unsettled().count()
        self.say(
            f"looked up {round_of.looked_up}: accepted {round_of.accepted}, absent {round_of.absent}, "
            f"still unknown {left}"
        )
        if left and options["now"]:
            self.say(
                _(
                    "What went is found at once; what did not go is called absent only %(minutes)d minutes after its "
                    "request (SETTLE_SCHEDULE), and stays unknown until then."
                )
                % {"minutes": round(conf.SETTLE_SCHEDULE[-1] / 60)}
            )
        self.end(1 if left else 0)
