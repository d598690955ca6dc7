"""The staff's acts from the shell: same rights, same history."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ...services import account, controlling, status
from ...services.refusals import NotPossible
from ..console import AlismsCommand, actor_of, add_user, batch_send_of

ACTS = ("pause", "resume", "cancel", "resend-refused", "resend-absent", "stop-account", "release-account")


class Command(AlismsCommand):
    help = "pause, resume, cancel or send again; stop or release the account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=ACTS)
        parser.add_argument("id", nargs="?", type=int, metavar="ID")
        add_user(parser)
        parser.add_argument("--reason", default="", metavar="TEXT", help="why; kept in the history")

    def handle(self, *args: Any, **options: Any) -> None:
        act, reason = options["act"], options["reason"]
        actor = actor_of("alisms_control", options["user"])
        if act == "stop-account":
            actor.require("send_batchsend")
            account.stop(code="", message=reason or "stopped by a person", actor=actor)
            self.say("The account is stopped; its sends are paused.")
            return
        if act == "release-account":
            account.release(actor=actor, reason=reason)
            self.say("The account is released. Resume each paused send; its first batch goes alone.")
            return
        if options["id"] is None:
            raise NotPossible(f"{act} needs the ID of a send; “manage.py alisms_status” lists them.")
        batch_send = batch_send_of(options["id"])
        match act:
            case "pause":
                controlling.pause(batch_send, actor=actor, reason=reason)
            case "resume":
                controlling.resume(batch_send, actor=actor, reason=reason)
            case "cancel":
                controlling.cancel(batch_send, actor=actor, reason=reason)
            case "resend-refused":
                controlling.resend_refused(batch_send, actor=actor, reason=reason)
            case "resend-absent":
                controlling.resend_absent(batch_send, actor=actor, reason=reason)
        batch_send.refresh_from_db()
        self.say(status.sentence(batch_send))
