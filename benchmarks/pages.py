"""Every admin page and JSON of a send with a million people: server time and size.

``python -m benchmarks.pages PEOPLE ROUNDS``: one run on the database that DATABASE_URL names, which is filled.
Time is from the request to the last byte of the answer in the same process, the database's included, without a
network; the median of the rounds after one that warms up. Of a download it is the time to its first bytes.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks.board import Board
from benchmarks.databases import postgresql, why_no_postgresql
from benchmarks.measure import Case, report, run

GOAL_MS, GOAL_KB = 300.0, 100.0
WORST = 12
# The carriers' codes of every hundred people; the rest of the accepted ones still waits.
DELIVERED, RARE = 88, "SP_UNKNOWN_ERROR"
UNDELIVERED = ("MOBILE_NOT_ON_SERVICE", "MOBILE_NOT_ON_SERVICE", "MOBILE_TERMINAL_ERROR", "MOBILE_IN_BLACK")
MINUTES = 120
OTHER_SENDS = 300
# Rows that a list pages through; what lies behind is searched or filtered.
COUNTED = 10_000


# -- a send with everything in it ---------------------------------------------------------------------------------


@dataclass
class World:
    """What the pages are of."""

    send: Any
    draft: Any
    opened: Any
    people: int
    phone: str
    others: list[Any] = field(default_factory=list)


def world(people: int) -> World:
    """A finished send of so many, a draft of as many, hundreds of others, replies, opt-outs, rejected rows."""
    from benchmarks.receipts import accepted_send
    from django_alisms.models import Recipient

    send = accepted_send(people)
    _answers(send)
    _receipts(send)
    _finished(send, people)
    draft, opened = _draft(people)
    others = _others(min(OTHER_SENDS, people // 100), send)
    _beside(send, people)
    _analyze()
    phone = Recipient.objects.filter(batch__batch_send=send, batch__number=people // 200).first().phone
    return World(send, draft, opened, people, phone, others)


def _answers(send: Any) -> None:
    """Of every hundred batches three that ended otherwise, one of each kind, and two codes of refusals."""
    from django.db.models import CharField, F, Value
    from django.db.models.functions import Cast, Concat

    mine = send.batches.annotate(of_hundred=F("number") % 100)
    mine.update(
        code="OK",
        message="OK",
        biz_id=Concat(Value("9006"), Cast("number", CharField()), Value("^0")),
        request_id=Concat(Value("R-"), Cast("number", CharField())),
    )
    mine.filter(of_hundred=97).update(
        status="refused", code="isv.AMOUNT_NOT_ENOUGH", biz_id="", next_poll_at=None
    )
    mine.filter(number=197).update(code="isv.BLACK_KEY_CONTROL_LIMIT")
    mine.filter(of_hundred=98).update(
        status="unknown", code="wire.read_timeout", biz_id="", needs_look_up=True, next_look_up_at=send.created_at,
        next_poll_at=None,
    )  # fmt: skip
    mine.filter(of_hundred=99).update(status="absent", code="wire.read_timeout", biz_id="", next_poll_at=None)


def _receipts(send: Any) -> None:
    """Verdicts of most accepted people over two hours, then the counters and tallies they add up to."""
    from django.db.models import Case, CharField, Count, F, OuterRef, Q, Subquery, Sum, Value, When
    from django.db.models.functions import Coalesce

    from django_alisms.models import Batch, ReceiptTally, Recipient

    began = send.created_at.replace(second=0, microsecond=0) - timedelta(hours=3)
    accepted = list(send.batches.filter(status="accepted").order_by("number").values_list("pk", flat=True))
    step = max(len(accepted) // MINUTES, 1)
    kinds = [When(of_hundred__lt=DELIVERED, then=Value("DELIVERED"))]
    kinds += [When(of_hundred=DELIVERED + at, then=Value(code)) for at, code in enumerate(UNDELIVERED)]
    reported = Recipient.objects.annotate(of_hundred=F("id") % 100).filter(
        of_hundred__lt=DELIVERED + len(UNDELIVERED)
    )
    for at in range(0, len(accepted), step):
        reported.filter(batch__in=accepted[at : at + step]).update(
            reported_at=began + timedelta(minutes=at // step),
            receipt_code=Case(*kinds, output_field=CharField()),
            delivery=Case(
                When(of_hundred__lt=DELIVERED, then=Value("delivered")), default=Value("undelivered"),
                output_field=CharField(),
            ),
            billed_parts=1,
        )  # fmt: skip
    # One person in the very last batch has a code that nobody else has.
    rare = Recipient.objects.filter(batch=accepted[-1], delivery="undelivered").order_by("-pk").first()
    Recipient.objects.filter(pk=rare.pk).update(receipt_code=RARE)

    def of_batch(delivery: str) -> Any:
        found = Recipient.objects.filter(batch=OuterRef("pk"), delivery=delivery).order_by().values("batch")
        return Coalesce(Subquery(found.annotate(people=Count("pk")).values("people")), 0)

    send.batches.update(delivered=of_batch("delivered"), undelivered=of_batch("undelivered"))
    send.batches.update(billed_parts=F("delivered"), proven_attempt=F("attempts"))
    _codes(send)
    rows = (
        Recipient.objects.filter(~Q(delivery="waiting"), batch__batch_send=send)
        .order_by()
        .values_list("reported_at", "delivery", "receipt_code")
        .annotate(people=Count("pk"), parts=Sum("billed_parts"))
    )
    ReceiptTally.objects.bulk_create(
        ReceiptTally(batch_send=send, minute=minute, delivery=delivery, code=code, count=people, parts=parts)
        for minute, delivery, code, people, parts in rows
    )
    assert Batch.objects.filter(batch_send=send, undelivered__gt=0).exists()


def _codes(send: Any) -> None:
    """What the receipts' own function leaves with a batch."""
    from django.db.models import Count

    from django_alisms.models import Batch, Recipient
    from django_alisms.models.batches import codes_as_text

    codes: dict[int, dict[str, int]] = {}
    rows = Recipient.objects.filter(batch__batch_send=send, delivery="undelivered").order_by()
    for batch, code, people in rows.values_list("batch", "receipt_code").annotate(people=Count("pk")):
        codes.setdefault(batch, {})[code] = people
    Batch.objects.bulk_update(
        (Batch(pk=pk, undelivered_by_code=codes_as_text(some)) for pk, some in codes.items()),
        ["undelivered_by_code"],
        batch_size=300,
    )


def _finished(send: Any, people: int) -> None:
    from django.contrib.auth import get_user_model

    from django_alisms.models import BatchSend, RecipientImport
    from django_alisms.services.actors import Actor, note

    began = send.created_at - timedelta(hours=3)
    get_user_model().objects.create_superuser("benchmark", password=None)
    BatchSend.objects.filter(pk=send.pk).update(
        started_at=began,
        active_at=send.created_at,
        finished_at=send.created_at,
        started_by="林晓燕",
        content=send.template.content,
        rows_total=people,
        parts_total=people,
    )
    send.refresh_from_db()
    RecipientImport.objects.create(
        batch_send=send, status="done", file_name="名单.xlsx", digest="1" * 64, rows=people, good=people
    )
    _spread_answers(send, began)
    for number in range(200):
        note("paused" if number % 2 else "resumed", Actor("benchmark"), send, at=began, reason=f"{number}")


def _spread_answers(send: Any, began: Any) -> None:
    numbers = list(send.batches.order_by("number").values_list("pk", flat=True))
    step = max(len(numbers) // 100, 1)
    for at in range(0, len(numbers), step):
        moment = began + timedelta(seconds=at // step)
        send.batches.filter(pk__in=numbers[at : at + step]).update(marked_at=moment, answered_at=moment)


def _draft(people: int) -> tuple[Any, Any]:
    """As many people once more, as an import leaves them, with a twentieth of its rows rejected."""
    from benchmarks.receipts import BATCHES_AT_ONCE
    from django_alisms.models import BatchSend, RecipientImport, RejectedRow
    from django_alisms.services.importing.storing import store_batches
    from tests import factories

    made = factories.draft(title="百万名单")
    opened = RecipientImport.objects.create(
        batch_send=made,
        status="done",
        file_name="百万名单.xlsx",
        digest="2" * 64,
        rows=people + people // 20,
        good=people,
        rejected=people // 40,
        duplicates=people // 40,
        reading={
            "headers": ["手机号", "name", "code", "amount"],
            "columns": {"phone": "手机号"},
            "places": {"phone": 0, "name": 1, "code": 2, "amount": 3},
            "variables": {"name": 1, "code": 2, "amount": 3},
            "shortest": 40,
            "long": 0,
            "longest_at": {"batch": people // 300, "row": 100 * (people // 300) - 50, "length": 50},
        },
    )
    for first in range(0, people, 100 * BATCHES_AT_ONCE):
        last = min(first + 100 * BATCHES_AT_ONCE, people)
        rows = [
            [factories.row(number) for number in range(at, min(at + 100, last))]
            for at in range(first, last, 100)
        ]
        store_batches(made.pk, opened.pk, first // 100 + 1, rows)
    RejectedRow.objects.bulk_create(
        (
            RejectedRow(
                recipient_import=opened, row=people + number, duplicate=bool(number % 2),
                reason="repeated" if number % 2 else "value_empty", column="phone" if number % 2 else "name",
                place=1, facts={"first_row": number} if number % 2 else {"variable": "name"},
                cells=[factories.phone(number), "", f"DD{number:08d}", "268.00"],
            )
            for number in range(people // 20)
        ),
        batch_size=2000,
    )  # fmt: skip
    BatchSend.objects.filter(pk=made.pk).update(
        rows_total=opened.rows,
        recipients_total=people,
        parts_total=people,
        duplicates_total=opened.duplicates,
        rejected_total=opened.rejected,
    )
    made.refresh_from_db()
    return made, opened


def _others(count: int, send: Any) -> list[Any]:
    from django_alisms.models import BatchSend
    from tests import factories

    made = [factories.draft(3, title=f"发货通知 {number}") for number in range(count)]
    BatchSend.objects.filter(pk__in=[one.pk for one in made[1:]]).update(
        status="finished", started_at=send.started_at, active_at=send.active_at, finished_at=send.finished_at
    )
    return made


def _beside(send: Any, people: int) -> None:
    """A reply of every hundredth, and an opt-out of every tenth, most of them of other people."""
    from django_alisms.models import OptOut, Reply
    from tests import factories

    Reply.objects.bulk_create(
        (
            Reply(phone=factories.phone(number), content="R", sequence_id=str(number), batch_send=send)
            for number in range(0, people, 100)
        ),
        batch_size=2000,
    )
    OptOut.objects.bulk_create(
        (
            OptOut(phone=factories.phone(number if number % 1000 == 0 else 10_000_000 + number), reason="R")
            for number in range(0, people, 10)
        ),
        batch_size=2000,
    )


def _analyze() -> None:
    """What autovacuum does on a server that has been up for more than a minute."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def sending(made: World) -> None:
    """The same send while it runs: the last two fifths pending, sixteen on the wire, answers just come in."""
    from django_alisms.models import BatchSend
    from django_alisms.services.clock import database_now

    now, batches = database_now(), made.send.batches.count()
    BatchSend.objects.filter(pk=made.send.pk).update(status="sending", finished_at=None, active_at=now)
    made.send.batches.filter(number__gt=batches * 3 // 5).update(
        status="pending", answered_at=None, marked_at=None, attempts=0, delivered=0, undelivered=0
    )
    made.send.batches.filter(number__gt=batches * 3 // 5, number__lte=batches * 3 // 5 + 16).update(
        status="sending"
    )
    made.send.batches.filter(number__gt=batches // 2, status="accepted").update(
        answered_at=now - timedelta(seconds=5), marked_at=now - timedelta(seconds=5)
    )


# -- the pages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What it is called here, its address, and what is posted to it (None: it is got)."""

    name: str
    url: str
    posted: dict[str, str] | None = None


def pages(made: World) -> Iterator[Page]:
    """Of the finished send, the draft, and everything they stand in."""
    from django.urls import reverse

    from django_alisms.models import Event, OptOut, Reply

    def at(name: str, *args: Any) -> str:
        return reverse(f"admin:django_alisms_{name}", args=args)

    send, draft = made.send, made.draft
    batch = send.batches.get(number=send.batches.count() // 2)
    person = batch.recipients.first()
    yield Page("index of the app", reverse("admin:app_list", args=["django_alisms"]))
    yield Page("sends", at("batchsend_changelist"))
    for asked in (
        "attention=unknown",
        "status__exact=finished",
        "creator=me",
        "q=发货",
        f"q={batch.biz_id}",
        "p=2",
    ):
        yield Page(f"sends, {asked}", f"{at('batchsend_changelist')}?{asked}")
    for days in (7, 90):
        yield Page(f"overview, {days} days", f"{at('batchsend_overview')}?days={days}")
    yield from _pages_of_send(made, at)
    people, of_send = at("recipient_changelist"), f"batch__batch_send__id__exact={send.pk}"
    yield from _lists_of_people(made, people, of_send)
    yield Page("person", at("recipient_change", person.pk))
    batches = at("batch_changelist")
    yield Page("batches", batches)
    late = f"&p={_late(made.send.batches.count())}"
    for asked in ("", "&status__exact=refused", late, "&o=4", f"&q={batch.biz_id}", f"&q={batch.out_id}"):
        yield Page(f"batches of the send{asked}", f"{batches}?batch_send__id__exact={send.pk}{asked}")
    yield Page("batch", at("batch_change", batch.pk))
    unknown = send.batches.filter(status="unknown").first()
    if unknown is not None:
        yield Page("batch, unknown", at("batch_change", unknown.pk))
    for model in (Event, Reply, OptOut):
        name = model.__name__.lower()
        late = f"p={_late(model.objects.count(), 50 if model is Event else 100)}"
        yield Page(f"{name} list", at(f"{name}_changelist"))
        yield Page(f"{name} list, {late}", f"{at(f'{name}_changelist')}?{late}")
    for name in ("reply", "optout"):
        yield Page(f"{name} list, search by number", f"{at(f'{name}_changelist')}?q={made.phone}")
    for name in ("signname", "template"):
        yield Page(f"{name} list", at(f"{name}_changelist"))
    yield Page("draft", at("batchsend_change", draft.pk))
    yield Page("draft, delete?", at("batchsend_delete", draft.pk))
    yield Page("import report", at("batchsend_import_report", made.opened.pk))
    row = made.opened.rejected_rows.filter(duplicate=False).order_by("-row").first()
    yield Page("rejected row, mend", at("batchsend_mend", row.pk))
    for show in ("first", "longest", "random", f"row&row={made.people}", f"next&at={_last(draft)}"):
        yield Page(f"confirm, {show.partition('&')[0]}", f"{at('batchsend_confirm', draft.pk)}?show={show}")
    yield Page("new send", at("batchsend_add"))
    yield Page("account", at("accountstate_change", 1))


def _pages_of_send(made: World, at: Any) -> Iterator[Page]:
    send = made.send
    page = at("batchsend_change", send.pk)
    yield Page("send, with chart", page)
    for asked in ("state=all", "state=unknown", f"state=all&after=0-{send.batches.count() - 30}"):
        yield Page(f"send, {asked}", f"{page}?{asked}")
    yield Page("progress (JSON)", at("batchsend_progress", send.pk))
    yield Page("history", at("batchsend_history", send.pk))
    for part in ("undelivered", "refused", "waiting", f"undelivered:{RARE}", "retriable"):
        yield Page(f"new send from {part}", f"{at('batchsend_follow', send.pk)}?slice={part}")
    for part in ("all", "undelivered", f"undelivered:{RARE}"):
        posted = {"slice": part, "format": "csv"}
        yield Page(f"export of {part}, first bytes", at("batchsend_export", send.pk), posted)


def _lists_of_people(made: World, people: str, of_send: str) -> Iterator[Page]:
    from django_alisms.admin import slice_words

    yield Page("people of all sends", people)
    late = f"p={_late(2 * made.people)}"
    yield Page(f"people of all sends, {late}", f"{people}?{late}")
    yield Page("people, search by number", f"{people}?q={made.phone}")
    yield Page("people, search by a number nobody has", f"{people}?q=19900000000")
    yield Page("people of the send, search by number", f"{people}?{of_send}&q={made.phone}")
    choices = {choice.key: choice.people for choice in slice_words.choices(made.send)}
    assert choices[f"undelivered:{RARE}"] == 1
    for key, count in choices.items():
        asked = f"{people}?{of_send}&part={key}"
        yield Page(f"people, {key}", asked)
        yield Page(f"people, {key}, search by number", f"{asked}&q={made.phone}")
        yield Page(f"people, {key}, p={_late(count)}", f"{asked}&p={_late(count)}")
    of_draft = of_send.replace(str(made.send.pk), str(made.draft.pk))
    yield Page("people of the draft", f"{people}?{of_draft}")
    late = f"p={_late(made.people)}"
    yield Page(f"people of the draft, {late}", f"{people}?{of_draft}&{late}")
    yield Page("people of the draft, search by number", f"{people}?{of_draft}&q={made.phone}")


def changed_draft(made: World) -> Iterator[Page]:
    """The draft after the person with the longest message was taken out; then it is started."""
    from django.urls import reverse

    from django_alisms.services.actors import Actor
    from django_alisms.services.importing import uploading
    from django_alisms.services.previewing import longest

    confirm = reverse("admin:django_alisms_batchsend_confirm", args=[made.draft.pk])
    found = longest(made.draft)
    assert found is not None
    uploading.take_out(found.recipient, actor=Actor("benchmark"))
    made.draft.refresh_from_db()
    for show in ("first", "longest"):
        yield Page(f"confirm, somebody taken out, {show}", f"{confirm}?show={show}")
    # Of another revision than the one that was seen: everything is looked at, nothing starts.
    posted = {"revision": "0", "count": str(made.draft.to_send), "again": "1"}
    yield Page("confirm, posted from a stale page", confirm, posted)


def live_pages(made: World) -> Iterator[Page]:
    """Of the same send while it sends."""
    from django.urls import reverse

    for name in ("change", "progress", "cancel"):
        yield Page(
            f"while it sends: {name}", reverse(f"admin:django_alisms_batchsend_{name}", args=[made.send.pk])
        )
    yield Page("while it sends: sends", reverse("admin:django_alisms_batchsend_changelist"))


def _late(rows: int, per_page: int = 50) -> int:
    """The last page there is, or the last that a long list offers."""
    return min(-(-rows // per_page), COUNTED // per_page)


def _last(send: Any) -> int:
    from django_alisms.models import Recipient

    return int(
        Recipient.objects.filter(batch__in=send.batches.order_by("-number")[:1].values("pk")).last().pk
    )


# -- measuring ------------------------------------------------------------------------------------------------------


def timed(client: Any, page: Page) -> tuple[float, int]:
    """Milliseconds and bytes; of a stream to its first bytes, and 0."""
    began = time.perf_counter()
    answer = client.get(page.url) if page.posted is None else client.post(page.url, page.posted)
    if answer.streaming:
        next(iter(answer.streaming_content))
    size = 0 if answer.streaming else len(answer.content)
    taken = (time.perf_counter() - began) * 1000
    answer.close()
    if answer.status_code != 200:
        raise SystemExit(
            f"{page.name}: {page.url} was answered {answer.status_code} {answer.get('Location', '')}"
        )
    return taken, size


def measured(client: Any, wanted: Iterable[Page], rounds: int) -> list[dict[str, Any]]:
    found = []
    for page in wanted:
        timed(client, page)
        runs = [timed(client, page) for _round in range(rounds)]
        print(f"{runs[-1][0]:8.1f} ms  {page.name}", file=sys.stderr, flush=True)
        found.append(
            {"page": page.name, "ms": statistics.median(ms for ms, _size in runs), "bytes": runs[-1][1]}
        )
    return found


def all_pages(people: int, rounds: int) -> dict[str, Any]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    began = time.perf_counter()
    made = world(people)
    built = time.perf_counter() - began
    print(f"built in {built:.0f} s", file=sys.stderr, flush=True)
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(get_user_model().objects.get(username="benchmark"))
    found = measured(client, pages(made), rounds)
    found += measured(client, changed_draft(made), rounds)
    sending(made)
    found += measured(client, live_pages(made), rounds)
    return {"people": people, "built": built, "pages": found, "removed": removed(made)}


# -- what goes ------------------------------------------------------------------------------------------------------


class Slices:
    """How many there were, and the longest: for so long others may wait for the database."""

    def __init__(self) -> None:
        self.began = self._last = time.perf_counter()
        self.count, self.longest = 0, 0.0

    def __call__(self, *progress: int) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        self.count += 1

    def said(self, what: str, answered: float) -> dict[str, Any]:
        seconds = time.perf_counter() - self.began
        return {
            "what": what,
            "seconds": seconds,
            "slices": self.count,
            "longest": self.longest * 1000,
            "answered": answered,
        }


def removed(made: World) -> list[dict[str, Any]]:
    """The draft's import discarded and the draft deleted, as the admin and then a worker do it; the send's numbers masked."""
    import threading

    from django.utils import timezone

    from django_alisms.models import Batch, BatchSend, Recipient
    from django_alisms.services import purging, removing
    from django_alisms.services.actors import Actor

    actor, found = Actor("benchmark"), []
    began = time.perf_counter()
    removing.discard(made.opened, actor=actor)
    answered, slices = (time.perf_counter() - began) * 1000, Slices()
    removing.remove_due(threading.Event(), slices)
    found.append(slices.said("import discarded", answered))
    assert not Recipient.objects.filter(batch__batch_send=made.draft).exists()
    ago = timezone.now() - timedelta(days=100)
    made.send.batches.exclude(status__in=["accepted", "refused"]).update(status="cancelled")
    Batch.objects.filter(batch_send=made.send).update(next_look_up_at=None, marked_at=ago)
    BatchSend.objects.filter(pk=made.send.pk).update(status="finished", finished_at=ago, created_at=ago)
    slices = Slices()
    done = purging.purge(90, actor=actor, told=slices)
    assert done.recipients >= made.people
    found.append(slices.said("numbers masked", 0))
    return found


def main() -> None:
    people, rounds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ALLOWED_HOSTS": "localhost"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        report(lambda: all_pages(people, rounds))


# -- against the goals ------------------------------------------------------------------------------------------------


def compare(board: Board, people: int, rounds: int) -> None:
    _compare(board, "SQLite", run(Case(["benchmarks.pages", str(people), str(rounds)])).said)
    missing = why_no_postgresql()
    if missing:
        board.line(f"pages on PostgreSQL: not run, no server ({missing})")
        return
    with postgresql() as url:
        case = Case(["benchmarks.pages", str(people), str(rounds)], {"DATABASE_URL": url})
        _compare(board, "PostgreSQL", run(case).said)


def _compare(board: Board, database: str, said: dict[str, Any]) -> None:
    found = sorted(said["pages"], key=lambda page: -page["ms"])
    board.title(
        f"pages of a send of {said['people']:,} people ({database}): {len(found)} measured, the slowest {WORST}, the largest"
    )
    largest = max(found, key=lambda page: page["bytes"])
    for page in [*found[:WORST], largest]:
        size = f"{page['bytes'] / 1024:7.1f} KB" if page["bytes"] else "   stream"
        board.line(f"  {page['ms']:7.1f} ms {size}  {page['page']}")
    middle = statistics.median(page["ms"] for page in found)
    board.line(f"  {middle:7.1f} ms in the middle; built in {said['built']:.0f} s")
    for one in said["removed"]:
        board.line(
            f"  {one['what']} in {one['seconds']:.1f} s, {one['slices']} slices, the longest {one['longest']:.0f} ms"
            + (f"; the page answered in {one['answered']:.0f} ms" if one["answered"] else "")
        )
    what = f"of a send of {said['people']:,}, {database}"
    board.at_most(f"slowest page {what}", found[0]["ms"], GOAL_MS, " ms")
    board.at_most(f"largest page {what}", largest["bytes"] / 1024, GOAL_KB, " KB")


if __name__ == "__main__":
    main()
