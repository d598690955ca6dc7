"""Many rows, each with values of its own, in one statement on PostgreSQL and in one round of them elsewhere.

A loop of ORM updates costs five times as much. The condition stands on the row itself in both forms, so a row that
somebody else has changed meanwhile is left as it is, and what comes back says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connection

from ...models import Batch, Delivery, Recipient
from .matching import IN_ONE_LIST, slices

Pair = tuple[int, str]
"""Batch and number: what one person of a send is found by."""

# Rather all people of a batch than a list of numbers, where a good part of them is asked for anyway.
WHOLE_BATCHES_FROM = 20
# Six values each, of the 999 that every SQLite takes.
VALUES_AT_ONCE = 160


class Outrun(OperationalError):
    """Somebody else stored a verdict between our look and our write: to be done again."""


class VerdictRow(NamedTuple):
    batch: int
    phone: str
    delivery: str
    code: str
    reported_at: datetime
    parts: int | None


class CounterRow(NamedTuple):
    """What is added, the newest proven attempt, whether the last receipt is here; the BizId and all codes of undelivered
    people if they are news."""

    pk: int
    delivered: int
    undelivered: int
    billed: int
    proven: int
    whole: bool
    biz_id: str
    codes: str


def store_verdicts(rows: Sequence[VerdictRow]) -> set[Pair]:
    """waiting → delivered | undelivered; those who were waiting. Whoever was left out got no message of ours."""
    if not rows:
        return set()
    if connection.vendor == "postgresql":
        return _store_at_once(rows)
    if connection.vendor == "sqlite" and connection.features.can_return_rows_from_bulk_insert:
        return _store_by_values(rows)
    ids = {
        (batch, phone): pk
        for batch, phone, pk, delivery in _people({(row.batch, row.phone) for row in rows})
        if delivery == Delivery.WAITING
    }
    adapt = connection.ops.adapt_datetimefield_value
    waiting = sorted((ids[row.batch, row.phone], row) for row in rows if (row.batch, row.phone) in ids)
    table = connection.ops.quote_name(Recipient._meta.db_table)
    written = _execute_many(
        f"UPDATE {table} SET delivery = %s, receipt_code = %s, reported_at = %s, billed_parts = %s "  # noqa: S608
        "WHERE id = %s AND delivery = %s",
        [
            (row.delivery, row.code, adapt(row.reported_at), row.parts, pk, Delivery.WAITING.value)
            for pk, row in waiting
        ],
    )
    if written != len(waiting):
        raise Outrun(f"{len(waiting) - written} verdicts were there before")
    return set(ids)


def verdicts_of(pairs: Collection[Pair]) -> dict[Pair, str]:
    """What is known of these people by now; somebody who is not there, or was left out, is not in it."""
    return {(batch, phone): delivery for batch, phone, _pk, delivery in _people(pairs)} if pairs else {}


def ids_of(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Their recipients."""
    return {(batch, phone): pk for batch, phone, pk, _delivery in _people(pairs)} if pairs else {}


def add_to_counters(rows: Sequence[CounterRow]) -> None:
    """The batches' counters; a batch whose last receipt is here needs no more look-ups. A BizId that is there stays."""
    if not rows:
        return
    table = connection.ops.quote_name(Batch._meta.db_table)
    if connection.vendor == "postgresql":
        pks, delivered, undelivered, billed, proven, whole, biz_ids, codes = zip(*rows, strict=True)
        _execute(
            f"UPDATE {table} AS b SET delivered = b.delivered + v.delivered, "  # noqa: S608  (our own names)
            "undelivered = b.undelivered + v.undelivered, billed_parts = b.billed_parts + v.billed, "
            "proven_attempt = v.proven, "
            "next_poll_at = CASE WHEN v.whole THEN NULL ELSE b.next_poll_at END, "
            "biz_id = CASE WHEN b.biz_id = '' THEN v.biz_id ELSE b.biz_id END, "
            "undelivered_by_code = CASE WHEN v.codes = '' THEN b.undelivered_by_code ELSE v.codes END "
            "FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bool[], %s::text[], %s::text[]) "
            "AS v(id, delivered, undelivered, billed, proven, whole, biz_id, codes) WHERE b.id = v.id",
            [
                *(bare_array(column) for column in (pks, delivered, undelivered, billed, proven, whole)),
                text_array(biz_ids),
                text_array(codes),
            ],
        )
        return
    _execute_many(
        f"UPDATE {table} SET delivered = delivered + %s, undelivered = undelivered + %s, "  # noqa: S608
        "billed_parts = billed_parts + %s, proven_attempt = %s, "
        "next_poll_at = CASE WHEN %s = 1 THEN NULL ELSE next_poll_at END, "
        "biz_id = CASE WHEN biz_id = '' THEN %s ELSE biz_id END, "
        "undelivered_by_code = CASE WHEN %s = '' THEN undelivered_by_code ELSE %s END WHERE id = %s",
        [(*row[1:5], int(row.whole), row.biz_id, row.codes, row.codes, row.pk) for row in rows],
    )


def _store_at_once(rows: Sequence[VerdictRow]) -> set[Pair]:
    """By id. The ids stand there twice, and nested loops are off for this statement: whatever the planner believes of
    the table, it fetches these people by their ids and hashes them, and never compares everybody with everybody."""
    by_pair = {(row.batch, row.phone): row for row in rows}
    found = sorted(
        (pk, *by_pair[batch, phone][2:])
        for batch, phone, pk, delivery in _people(by_pair)
        if delivery == Delivery.WAITING
    )
    if not found:
        return set()
    table = connection.ops.quote_name(Recipient._meta.db_table)
    pks, verdicts, codes, times, parts = zip(*found, strict=True)
    ids = bare_array(pks)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"UPDATE {table} AS r SET delivery = v.delivery, receipt_code = v.code, "  # noqa: S608  (our own name)
            "reported_at = v.reported_at, billed_parts = v.parts "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::int[]) "
            "AS v(id, delivery, code, reported_at, parts) "
            "WHERE r.id = v.id AND r.id = ANY(%s::bigint[]) AND r.delivery = %s "
            "RETURNING r.batch_id, r.phone",
            [
                ids,
                text_array(verdicts),
                text_array(codes),
                text_array(list(map(str, times))),
                bare_array(parts),
                ids,
                Delivery.WAITING.value,
            ],
        )
        written = set(cursor.fetchall())
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT")
    return written


def _store_by_values(rows: Sequence[VerdictRow]) -> set[Pair]:
    """The same on SQLite 3.35 and later, as many rows at a time as it takes values."""
    table = connection.ops.quote_name(Recipient._meta.db_table)
    adapt = connection.ops.adapt_datetimefield_value
    listed = sorted(rows, key=lambda row: row[:2])
    written: set[Pair] = set()
    with connection.cursor() as cursor:
        for at in range(0, len(listed), VALUES_AT_ONCE):
            some = listed[at : at + VALUES_AT_ONCE]
            places = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(some))
            cursor.execute(
                f"WITH v(batch_id, phone, delivery, code, reported_at, parts) AS (VALUES {places}) "  # noqa: S608
                f"UPDATE {table} SET delivery = v.delivery, receipt_code = v.code, "
                "reported_at = v.reported_at, billed_parts = v.parts FROM v "
                f"WHERE {table}.batch_id = v.batch_id AND {table}.phone = v.phone "
                f"AND {table}.left_out = '' AND {table}.delivery = '{Delivery.WAITING.value}' "
                "RETURNING batch_id, phone",
                [value for row in some for value in (*row[:4], adapt(row.reported_at), row.parts)],
            )
            written.update(cursor.fetchall())
    return written


def _people(pairs: Collection[Pair]) -> Iterable[tuple[int, str, int, str]]:
    """(batch, number, id, verdict)."""
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(Recipient._meta.db_table)
        listed = sorted(pairs)
        # The LIMIT keeps it from being turned into a join: each pair by the index, whatever the planner knows of the
        # table. Just after an import, or while verdicts come in, it knows little, and has compared five thousand
        # receipts with every person there is.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT v.batch_id, v.phone, r.id, r.delivery "  # noqa: S608  (our own name)
                "FROM unnest(%s::bigint[], %s::text[]) AS v(batch_id, phone) CROSS JOIN LATERAL "
                f"(SELECT id, delivery FROM {table} WHERE batch_id = v.batch_id AND phone = v.phone "
                "AND left_out = '' LIMIT 1) AS r",
                [
                    bare_array([batch for batch, _phone in listed]),
                    text_array([phone for _batch, phone in listed]),
                ],
            )
            return cursor.fetchall()
    return _people_by_lists(pairs)


def _people_by_lists(pairs: Collection[Pair]) -> Iterable[tuple[int, str, int, str]]:
    phones: dict[int, set[str]] = defaultdict(set)
    for batch, phone in pairs:
        phones[batch].add(phone)
    many = [pk for pk, some in phones.items() if len(some) >= WHOLE_BATCHES_FROM]
    few = [pk for pk, some in phones.items() if len(some) < WHOLE_BATCHES_FROM]
    rows = Recipient.objects.to_send().order_by().values_list("batch_id", "phone", "pk", "delivery")
    for pks in slices(many):
        yield from (row for row in rows.filter(batch__in=pks) if row[1] in phones[row[0]])
    for pks in slices(few, IN_ONE_LIST // WHOLE_BATCHES_FROM):
        some = set().union(*(phones[pk] for pk in pks))
        found = rows.filter(batch__in=pks, phone__in=some)
        yield from (row for row in found if row[1] in phones[row[0]])


def bare_array(values: Iterable[int | bool | None]) -> str:
    """PostgreSQL's own way to write an array. The driver takes each value by itself, which costs as much as the query."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array(values: Sequence[str]) -> str:
    """The same of texts, whatever stands in them."""
    if any('"' in value or "\\" in value for value in values):
        values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(values) + '"}'


def _execute(statement: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _execute_many(statement: str, rows: Sequence[Sequence[Any]]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
        return int(cursor.rowcount)
