"""Mask the numbers of sends that ended long ago."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from ...services import purging
from ..console import AlismsCommand, actor_of, add_user, ends_politely
from ..progress import CountBar


class Command(AlismsCommand):
    help = "Mask the recipients of old sends and keep the counts; exit 1 while old ones have to be kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            required=True,
            metavar="DAYS",
            help="what ended more than so many days ago; at least 1",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what it would mask; change nothing")
        add_user(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actor_of("alisms_purge", options["user"])
        dry = options["dry_run"]
        with ends_politely() as stopping:
            done = purging.purge(
                options["older_than"],
                actor=actor,
                dry_run=dry,
                stopping=stopping,
                told=CountBar(sys.stderr, "people"),
            )
        for kept in done.kept:
            self.say(f"kept: send {kept['batch_send']} “{kept['title']}”: {kept['sentence']}")
        self.say(
            f"{'would mask' if dry else 'masked'} {done.recipients:,} people of {len(done.sends)} sends, "
            f"{done.rejected_rows:,} rows that were not imported and {done.replies:,} replies; kept {len(done.kept)} sends"
        )
        if done.stopped:
            self.say("Told to end before it was done; run it again and it goes on where it stopped.")
        if options["json"]:
            self.print_json({"older_than": options["older_than"], "dry_run": dry, **asdict(done)})
        self.end(1 if done.kept or done.stopped else 0)
