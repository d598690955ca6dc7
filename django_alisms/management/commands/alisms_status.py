"""What each send is doing, what it waits for and who must act."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ...models import BatchSend
from ...services import status
from ..console import AlismsCommand, batch_send_of

NEWEST = 50


class Command(AlismsCommand):
    help = "What each send is doing, what it waits for and who must act."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", nargs="?", type=int, metavar="ID", help="one send, with its batches")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["id"] is None:
            self._all(options["json"])
        else:
            self._one(batch_send_of(options["id"]), options["json"])

    def _one(self, batch_send: BatchSend, as_json: bool) -> None:
        found = status.status_of(batch_send)
        if as_json:
            self.print_json(found)
            return
        self.stdout.write(f"{batch_send.pk}  {batch_send.title}  [{found['status']}]\n{found['sentence']}")
        self.stdout.write(figures(found))
        if found["accepted"]:
            self.stdout.write(found["receipts"]["sentence"])
        for batch in found["batches"]:
            self.stdout.write(batch_line(batch))

    def _all(self, as_json: bool) -> None:
        sends = list(BatchSend.objects.select_related("sign_name", "template")[:NEWEST])
        found = [
            status.status_of(batch_send, with_batches=False, with_rejected=False) for batch_send in sends
        ]
        account = status.account_status()
        if as_json:
            self.print_json({"account": account, "sends": found})
            return
        if account["stopped"]:
            self.stdout.write(
                f"account stopped: {account['code']} {account['message']} since {account['since']}"
            )
        self.stdout.write(account["receipts"]["sentence"])
        for one in found:
            self.stdout.write(f"{one['batch_send']}  {one['title']}  [{one['status']}]  {one['sentence']}")


def figures(found: dict[str, Any]) -> str:
    keys = ("accepted", "refused", "unknown", "absent", "pending", "sending", "cancelled", "left_out")
    keys += ("delivered", "undelivered", "waiting")
    parts = ", ".join(f"{key.replace('_', ' ')} {found[key]}" for key in keys if found[key])
    return (
        f"recipients {found['recipients']}: {parts or '-'}; duplicates {found['duplicates']}, not imported "
        + str(len(found["rejected"]))
    )


def batch_line(batch: dict[str, Any]) -> str:
    """One row of the table of batches: number, size, status, Code, BizId, RequestId, Message."""
    return (
        f"{batch['number']:>6}  {batch['size']:>4}  {batch['status']:<9}  {batch['code']:<28}  "
        f"{batch['biz_id']:<24}  {batch['request_id']:<36}  {batch['message']}"
    ).rstrip()
