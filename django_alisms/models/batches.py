"""Exactly the numbers of one SendBatchSms call, and every arrow of its life.

Each verb is one conditional UPDATE. What a verb does not find, it does not change, and its row count says so.
Never here: unknown → pending, sending → pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .batch_sends import BatchSend, SendStatus
from .each import update_each
from .prepared import Prepared, Slot

# SendBatchSms takes at most 100 numbers a call (aliyun-sms-api §2.1).
NUMBERS_PER_BATCH = 100
# Asked for in one statement; whoever has more of them is found nearly everywhere anyway.
MOST_CODES = 50


class BatchStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    # In a context of its own: the admin has an "Unknown" too, which means something else in Chinese.
    UNKNOWN = "unknown", pgettext_lazy("result of a batch", "Unknown")
    ABSENT = "absent", _("Absent")
    CANCELLED = "cancelled", _("Cancelled")


class Acceptance(NamedTuple):
    """An OK: of which attempt of which batch, and its words, no longer than their columns."""

    batch_id: int
    token: str
    message: str
    biz_id: str
    request_id: str


class BatchQuerySet(models.QuerySet):
    # -- questions ---------------------------------------------------------------------------------------

    def with_status(self, *statuses: str) -> BatchQuerySet:
        return self.filter(status__in=statuses)

    def pending(self) -> BatchQuerySet:
        return self.filter(status=BatchStatus.PENDING)

    def open(self) -> BatchQuerySet:
        """Not at rest: a send with one of these is not finished."""
        return self.filter(status__in=[BatchStatus.PENDING, BatchStatus.SENDING])

    def due(self, now: datetime | Slot, late_before: datetime | Slot) -> BatchQuerySet:
        """Pending and not told to wait, in a send that is sending and was attended to since ``late_before``.

        Subqueries, no join: lockable.
        """
        sends = BatchSend.objects.sending().exclude(active_at__lt=late_before)
        return self.pending().filter(
            Q(not_before__isnull=True) | Q(not_before__lte=now), batch_send__in=sends
        )

    def orphaned(self, now: datetime) -> BatchQuerySet:
        """On the wire of a process whose lease has run out."""
        return self.filter(status=BatchStatus.SENDING, lease_until__lt=now)

    def unsettled(self) -> BatchQuerySet:
        return self.filter(status=BatchStatus.UNKNOWN)

    def missing_receipts(self) -> BatchQuerySet:
        """Accepted, and the carrier's word is still missing for some of its people."""
        return self.filter(
            status=BatchStatus.ACCEPTED, size__gt=F("left_out") + F("delivered") + F("undelivered")
        )

    def outcome_counts(self) -> dict[int, dict[str, dict[str, int]]]:
        """{send: {status: {"batches", "recipients", "left_out", "parts", "delivered", "undelivered", "billed"}}}."""
        counts: dict[int, dict[str, dict[str, int]]] = {}
        rows = (
            self.order_by()
            .values("batch_send_id", "status")
            .annotate(
                batches=Count("id"),
                recipients=Sum("size"),
                left=Sum("left_out"),
                parts_sum=Sum("parts"),
                # Not under the columns' own names: Django would sum the sums.
                delivered_sum=Sum("delivered"),
                undelivered_sum=Sum("undelivered"),
                billed_sum=Sum("billed_parts"),
            )
        )
        for row in rows:
            counts.setdefault(row["batch_send_id"], {})[row["status"]] = {
                "batches": row["batches"],
                "recipients": row["recipients"] - row["left"],
                "left_out": row["left"],
                "parts": row["parts_sum"],
                "delivered": row["delivered_sum"],
                "undelivered": row["undelivered_sum"],
                "billed": row["billed_sum"],
            }
        return counts

    def with_codes(self, codes: Iterable[str]) -> BatchQuerySet:
        """Those with somebody undelivered for one of these. Perhaps a few more, where a database ignores case."""
        listed = list(codes)
        if len(listed) > MOST_CODES:
            return self.exclude(undelivered_by_code="")
        wanted = Q(pk__in=[])
        for code in listed:
            wanted |= Q(undelivered_by_code__contains=f"\n{code}\t")
        return self.filter(wanted)

    # -- arrows ------------------------------------------------------------------------------------------

    def mark(self, ids: list[int], *, token: str, now: datetime, lease_until: datetime) -> int:
        """pending → sending for those still pending in a send that is sending.

        Not while the first batch of their send is to go alone, or is on its way, unless this token is the one it goes by.

        The send's status is asked for by a subquery, never by a join: an UPDATE over a join loses its own
        condition on MySQL (the ORM selects the ids first) and under PostgreSQL's read committed.
        """
        return _MARK.execute(ids=ids, token=token, now=now, lease_until=lease_until) if ids else 0

    def own(self, pk: int, token: str) -> BatchQuerySet:
        """The batch, while the attempt that carries this token is still its own."""
        return self.filter(pk=pk, token=token)

    def accept(
        self, answers: Sequence[Acceptance], *, answered_at: datetime, poll_at: datetime | None
    ) -> int:
        """sending → accepted, each of them; how many. Those whose attempt is no longer the batch's own are not found.

        Also the one late write that counts: an OK is evidence, whatever became of the lease.
        """
        return update_each(
            self,
            ("id", "token"),
            ("message", "biz_id", "request_id"),
            [(one.message, one.biz_id, one.request_id, one.batch_id, one.token) for one in answers],
            only={
                "status": (
                    BatchStatus.SENDING,
                    BatchStatus.UNKNOWN,
                    BatchStatus.ABSENT,
                    BatchStatus.REFUSED,
                )
            },
            fixed={
                "status": BatchStatus.ACCEPTED,
                "code": "OK",
                "answered_at": answered_at,
                "lease_until": None,
                "next_look_up_at": None,
                "next_poll_at": poll_at,
            },
        )

    def refuse(self, pk: int, token: str, *, look_up_at: datetime | None = None, **answer: Any) -> bool:
        """sending → refused. ``look_up_at``: the refusal is no proof, so it is looked up like an unknown."""
        return bool(
            self.own(pk, token)
            .filter(status=BatchStatus.SENDING)
            .update(
                status=BatchStatus.REFUSED,
                lease_until=None,
                next_look_up_at=look_up_at,
                needs_look_up=look_up_at is not None,
                **answer,
            )
        )

    def doubt(self, pk: int, token: str, *, look_up_at: datetime, **answer: Any) -> bool:
        """sending → unknown: an answer that proves nothing."""
        return bool(
            self.own(pk, token)
            .filter(status=BatchStatus.SENDING)
            .update(
                status=BatchStatus.UNKNOWN,
                lease_until=None,
                next_look_up_at=look_up_at,
                needs_look_up=True,
                **answer,
            )
        )

    def orphan(self, pk: int, token: str, *, now: datetime, look_up_at: datetime, **answer: Any) -> bool:
        """sending → unknown: the lease ran out and nobody said what came of it."""
        return bool(
            self.own(pk, token)
            .orphaned(now)
            .update(
                status=BatchStatus.UNKNOWN,
                lease_until=None,
                next_look_up_at=look_up_at,
                needs_look_up=True,
                **answer,
            )
        )

    def put_back(self, pk: int, token: str, *, not_before: datetime) -> bool:
        """refused → pending by a machine: only for throttling and local.*, which prove that nothing was sent."""
        return bool(
            self.own(pk, token)
            .filter(status=BatchStatus.REFUSED, needs_look_up=False, followed_by__isnull=True)
            .update(status=BatchStatus.PENDING, not_before=not_before)
        )

    def resend(self, pks: Iterable[int], *, status: str) -> int:
        """refused or absent → pending, by a person. A refusal that was no proof must have been looked up first."""
        if status not in (BatchStatus.REFUSED, BatchStatus.ABSENT):
            raise ValueError(f"a {status} batch is not sent again")
        return self.filter(
            pk__in=list(pks), status=status, needs_look_up=False, followed_by__isnull=True
        ).update(status=BatchStatus.PENDING, not_before=None, resent=F("resent") + 1)

    def hand_over(self, batch_send_id: int, follower_id: int, *, status: str, code: str = "") -> int:
        """The people of these batches go on in another send: from now on nobody sends the batches again here.

        A refusal that is still being looked up stays: some of it may have gone.
        """
        found = self.filter(batch_send=batch_send_id, status=status, followed_by__isnull=True)
        if status == BatchStatus.REFUSED:
            found = found.filter(needs_look_up=False)
        if code:
            found = found.filter(code=code)
        return found.update(followed_by=follower_id)

    def take_back(self, follower_id: int) -> int:
        """The other send will not send them after all."""
        return self.filter(followed_by=follower_id).update(followed_by=None)

    def take_look_up(self, pk: int, *, seen: datetime | None, until: datetime | None) -> bool:
        """The right to look a batch up now: one process gets it, and another after ``until`` if it dies."""
        return bool(
            self.filter(pk=pk, needs_look_up=True, next_look_up_at=seen).update(next_look_up_at=until)
        )

    def found(self, pk: int, *, attempts: int, biz_id: str = "", poll_at: datetime | None = None) -> bool:
        """unknown, refused or absent → accepted: a look-up or a receipt found our OutId.

        ``poll_at``: when to ask for the receipts that are still missing.
        """
        changes: dict[str, Any] = {
            "status": BatchStatus.ACCEPTED,
            "next_look_up_at": None,
            "needs_look_up": False,
            "next_poll_at": poll_at,
        }
        if biz_id:
            changes["biz_id"] = biz_id
        return bool(
            self.filter(
                pk=pk,
                attempts=attempts,
                status__in=[BatchStatus.UNKNOWN, BatchStatus.REFUSED, BatchStatus.ABSENT],
            ).update(**changes)
        )

    def proven(self, pk: int, *, poll_at: datetime | None = None) -> bool:
        """unknown, refused or absent → accepted: a receipt of this very attempt came before its answer did."""
        return bool(
            self.filter(
                pk=pk,
                attempts__gt=0,
                proven_attempt=F("attempts"),
                status__in=[BatchStatus.UNKNOWN, BatchStatus.REFUSED, BatchStatus.ABSENT],
            ).update(
                status=BatchStatus.ACCEPTED, next_look_up_at=None, needs_look_up=False, next_poll_at=poll_at
            )
        )

    def gone_before(self, pk: int, *, poll_at: datetime | None = None) -> bool:
        """pending → accepted: put back to be sent again, and then a receipt shows that it had gone after all.

        The one arrow out of pending that is no mark: to send what is known to have gone would be a second message.
        """
        return bool(
            self.filter(
                pk=pk, attempts__gt=0, proven_attempt=F("attempts"), status=BatchStatus.PENDING
            ).update(status=BatchStatus.ACCEPTED, not_before=None, next_poll_at=poll_at)
        )

    def take_poll(self, pk: int, *, seen: datetime | None, until: datetime | None) -> bool:
        """The right to ask for the batch's receipts now; another gets it after ``until`` if this one dies."""
        mine = (
            self.filter(pk=pk, next_poll_at__isnull=True)
            if seen is None
            else self.filter(pk=pk, next_poll_at=seen)
        )
        return bool(mine.update(next_poll_at=until))

    def end_poll(self, pk: int, *, seen: datetime, then: datetime | None) -> bool:
        """Asked once more; ``then`` the next time. Not where the last receipt came meanwhile."""
        return bool(self.filter(pk=pk, next_poll_at=seen).update(next_poll_at=then, polls=F("polls") + 1))

    def missing(self, pk: int, *, attempts: int) -> bool:
        """unknown → absent: looked for by the rule of docs/reliability.md and not there."""
        return bool(
            self.filter(pk=pk, attempts=attempts, status=BatchStatus.UNKNOWN).update(
                status=BatchStatus.ABSENT, next_look_up_at=None, needs_look_up=False
            )
        )

    def cancel_pending(self, batch_send_id: int) -> int:
        """pending → cancelled, all of a send."""
        return self.filter(batch_send=batch_send_id, status=BatchStatus.PENDING).update(
            status=BatchStatus.CANCELLED
        )

    def left_in_cancelled(self) -> BatchQuerySet:
        """Pending, though its send was cancelled: it was on the wire then, and put back since."""
        cancelled = BatchSend.objects.with_status(SendStatus.CANCELLED).values("pk")
        return self.filter(status=BatchStatus.PENDING, batch_send__in=cancelled)

    def cancel_left(self) -> int:
        """pending → cancelled, all that was put back behind a cancellation."""
        # Asked first: an UPDATE that finds nothing waits for the writers of SQLite all the same.
        found = list(self.left_in_cancelled().values_list("pk", flat=True)[:500])
        return (
            self.left_in_cancelled().filter(pk__in=found).update(status=BatchStatus.CANCELLED) if found else 0
        )

    def cancel_empty(self, ids: list[int]) -> int:
        """pending → cancelled: at marking every number turned out to be left out."""
        return self.filter(id__in=ids, status=BatchStatus.PENDING, left_out__gte=F("size")).update(
            status=BatchStatus.CANCELLED
        )


class Batch(models.Model):
    batch_send = models.ForeignKey(BatchSend, models.CASCADE, related_name="batches", verbose_name=_("send"))
    recipient_import = models.ForeignKey(
        "django_alisms.RecipientImport", models.SET_NULL, null=True, related_name="batches"
    )
    number = models.PositiveIntegerField(_("batch"))
    size = models.PositiveSmallIntegerField(_("recipients"), default=0)
    left_out = models.PositiveSmallIntegerField(_("left out"), default=0)
    # The spreadsheet row of its first person, so that a row is found without an index over all people.
    first_row = models.PositiveIntegerField(default=0)
    # Of those that go; what was left out costs nothing.
    parts = models.PositiveIntegerField(_("parts"), default=0)
    status = models.CharField(
        _("status"), max_length=16, choices=BatchStatus.choices, default=BatchStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    resent = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=8, blank=True)
    marked_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    code = models.CharField("Code", max_length=64, blank=True)
    message = models.CharField("Message", max_length=200, blank=True)
    biz_id = models.CharField("BizId", max_length=64, blank=True)
    request_id = models.CharField("RequestId", max_length=64, blank=True)
    # Settling (docs/reliability.md).
    needs_look_up = models.BooleanField(default=False)
    look_ups = models.PositiveSmallIntegerField(default=0)
    looked_up_at = models.DateTimeField(null=True)
    next_look_up_at = models.DateTimeField(null=True)
    unseen_rounds = models.PositiveSmallIntegerField(default=0)
    # The new send that has taken this batch's people over: they go there or here, never both.
    followed_by = models.ForeignKey(BatchSend, models.SET_NULL, null=True, editable=False, related_name="+")
    # Receipts (docs/receipts.md): counted by the transaction that stores them, so nobody counts recipients.
    delivered = models.PositiveSmallIntegerField(_("delivered"), default=0)
    undelivered = models.PositiveSmallIntegerField(_("undelivered"), default=0)
    # How many of the undelivered have which code of the receipt (``codes_as_text``): so the batches that have a rare one
    # are found, and a page of them is, without an index over all people. Empty while nobody is undelivered.
    undelivered_by_code = models.TextField(default="", blank=True, editable=False)
    # Parts of those delivered, as the receipts say: what Alibaba Cloud charges for.
    billed_parts = models.PositiveIntegerField(_("billed parts"), default=0)
    # The number of the newest attempt that a receipt has shown to have been taken; 0 while none has.
    proven_attempt = models.PositiveSmallIntegerField(default=0)
    # When the missing receipts are next asked for; null while there is nothing to ask for, and once given up.
    polls = models.PositiveSmallIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["batch_send", "number"]
        constraints = [models.UniqueConstraint(fields=["batch_send", "number"], name="alisms_batch_number")]
        indexes = [
            models.Index(fields=["batch_send", "status", "number"], name="alisms_batch_status"),
            models.Index(fields=["status", "lease_until"], name="alisms_batch_lease"),
            models.Index(fields=["status", "next_look_up_at"], name="alisms_batch_look_up"),
            models.Index(fields=["biz_id"], name="alisms_batch_biz_id"),
            models.Index(fields=["next_poll_at"], name="alisms_batch_poll"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_send_id}/{self.number}"

    @property
    def out_id(self) -> str:
        """The OutId of the newest attempt; empty before the first."""
        if not self.attempts:
            return ""
        return out_id_of(self.batch_send_id, self.number, self.attempts, self.token)

    @property
    def to_send(self) -> int:
        return self.size - self.left_out

    @property
    def waiting(self) -> int:
        """People of an accepted batch of whom the carrier has not said anything."""
        return self.to_send - self.delivered - self.undelivered if self.status == BatchStatus.ACCEPTED else 0


def codes_as_text(people: Mapping[str, int]) -> str:
    """People by the receipt's code, as ``undelivered_by_code``: a line break, the code, a tab, how many; and again.

    Codes are printable, so neither stands in one. In one order, whatever order the receipts came in.
    """
    return "".join(f"\n{code}\t{count}" for code, count in sorted(people.items()))


def codes_from_text(text: str) -> dict[str, int]:
    """The other way round."""
    lines = (line.partition("\t") for line in text.split("\n")[1:])
    return {code: int(count) for code, _tab, count in lines}


def out_id_of(batch_send_id: int, number: int, attempt: int, token: str) -> str:
    """Our own id of one request: under 256 characters (aliyun-sms-api §3.1), unique by the attempt's token."""
    return f"al-{batch_send_id}-{number}-{attempt}-{token}"


def _markable() -> BatchQuerySet:
    ids, token = Slot("ids", models.BigAutoField()), Slot("token", models.CharField())
    return Batch.objects.filter(
        id__in=[ids], status=BatchStatus.PENDING, batch_send__in=BatchSend.objects.open_to(token)
    )


_MARK = Prepared(
    _markable,
    status=BatchStatus.SENDING,
    token=Slot("token", models.CharField()),
    attempts=F("attempts") + 1,
    marked_at=Slot("now", models.DateTimeField()),
    lease_until=Slot("lease_until", models.DateTimeField()),
    not_before=None,
    code="",
    message="",
    biz_id="",
    request_id="",
    answered_at=None,
    # What was seen of the attempt before says nothing of this one.
    needs_look_up=False,
    look_ups=0,
    looked_up_at=None,
    next_look_up_at=None,
    unseen_rounds=0,
)
