"""One row per account: the stop, the shared rate limit, the shared back-off, and when a worker was last seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .prepared import Prepared, Slot

# A worker writes its pulse at least this often; twice as long without one, and none is alive.
PULSE = timedelta(seconds=5)
PULSE_LOST = timedelta(seconds=20)

DOORS = ("receipts_pushed_at", "replies_pushed_at", "queue_read_at", "receipts_polled_at")


class AccountStateQuerySet(models.QuerySet["AccountState"]):
    def current(self) -> AccountState:
        """The account's row, made on first use (one account: the row named ``default``)."""
        return self.get_or_create(name="default")[0]

    def stop(self, *, code: str, message: str, by: str, now: datetime) -> bool:
        """running → stopped; False when it was stopped already (the first reason stays)."""
        return bool(
            self.filter(name="default", stopped=False).update(
                stopped=True, stop_code=code, stop_message=message[:200], stopped_by=by[:150], stopped_at=now
            )
        )

    def release(self) -> bool:
        """stopped → running."""
        return bool(
            self.filter(name="default", stopped=True).update(
                stopped=False,
                stop_code="",
                stop_message="",
                stopped_by="",
                stopped_at=None,
                throttled_since=None,
                throttle_tries=0,
                back_off_until=None,
            )
        )

    def throttled(self, *, now: datetime, until: datetime) -> bool:
        """Back off until then; answers that come in during a back-off do not make it longer."""
        row = self.filter(name="default").filter(Q(back_off_until__isnull=True) | Q(back_off_until__lte=now))
        return bool(
            row.update(
                back_off_until=until,
                throttle_tries=F("throttle_tries") + 1,
                throttled_since=Coalesce("throttled_since", Value(now, output_field=models.DateTimeField())),
            )
        )

    def calm(self) -> None:
        """An accepted answer ends the throttling."""
        self.filter(name="default", throttle_tries__gt=0).update(
            throttle_tries=0, throttled_since=None, back_off_until=None
        )

    def take_turns(self, *, seen: int, next_turn: int) -> bool:
        """Reserve request times up to ``next_turn`` if nobody did since ``seen`` was read (microseconds)."""
        return bool(_TAKE_TURNS.execute(seen=seen, next_turn=next_turn))

    def knocked(self, door: str, now: datetime) -> None:
        """A door (one of DOORS) was used. Read first: pushes come by the dozen, and a write waits for other writes."""
        if door not in DOORS:
            raise ValueError(door)
        before = getattr(self.current(), door)
        if before is None or before < now - PULSE:
            self.filter(name="default").update(**{door: now})

    def pulse(self, now: datetime) -> None:
        """A worker is alive."""
        self.filter(
            Q(worker_seen_at__isnull=True) | Q(worker_seen_at__lt=now - PULSE), name="default"
        ).update(worker_seen_at=now)


class AccountState(models.Model):
    name = models.CharField(max_length=32, unique=True, default="default")
    stopped = models.BooleanField(_("stopped"), default=False)
    stop_code = models.CharField(max_length=64, blank=True)
    stop_message = models.CharField(max_length=200, blank=True)
    stopped_by = models.CharField(max_length=150, blank=True)
    stopped_at = models.DateTimeField(null=True)
    # The rate limit: the time, in microseconds of the database's clock, at which the next request may leave.
    next_turn = models.BigIntegerField(default=0)
    # Throttling: shared by all processes.
    throttled_since = models.DateTimeField(null=True)
    throttle_tries = models.PositiveSmallIntegerField(default=0)
    back_off_until = models.DateTimeField(null=True)
    worker_seen_at = models.DateTimeField(null=True)
    # The last time somebody knocked at each door for receipts and replies; null: never.
    receipts_pushed_at = models.DateTimeField(null=True)
    replies_pushed_at = models.DateTimeField(null=True)
    queue_read_at = models.DateTimeField(null=True)
    receipts_polled_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(_("last synced"), null=True)

    objects = AccountStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("account state")
        verbose_name_plural = _("account state")

    def __str__(self) -> str:
        return self.name


_TAKE_TURNS = Prepared(
    lambda: AccountState.objects.filter(name="default", next_turn=Slot("seen", models.BigIntegerField())),
    next_turn=Slot("next_turn", models.BigIntegerField()),
)
