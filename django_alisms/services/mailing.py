"""A mail to the person who made a send, when it finishes or stops: what happened, why, and what to do next.

The row is written in the transaction of the change, so no change is forgotten; a worker sends it afterwards, so no
mail server ever holds up a send. A worker that dies between the server's yes and our note of it sends it again: a
second mail to a colleague is better than none. No number and no text of a message is ever in it.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from ..aliyun.codes import explain
from ..conf import conf
from ..models import Batch, BatchSend, BatchStatus, Mail
from . import status
from .clock import database_now
from .telling import address_of

logger = logging.getLogger("django_alisms.mailing")

AT_ONCE = 50
MOST_REASONS = 10


def send_due() -> int:
    """Send what is due; how many went. A server that refuses is asked again later, at most five times."""
    went = 0
    due = Mail.objects.due(database_now()).select_related("batch_send__created_by")
    for mail in list(due.order_by("pk")[:AT_ONCE]):
        if not Mail.objects.take(mail.pk, tries=mail.tries, now=database_now()):
            continue
        try:
            message(mail).send()
        except Exception as refused:  # each mail backend has errors of its own
            logger.warning(
                "the mail about send %s did not go: %s", mail.batch_send_id, type(refused).__name__
            )
            continue
        Mail.objects.sent(mail.pk, now=database_now())
        went += 1
    return went


def message(mail: Mail) -> EmailMessage:
    """In the site's language: the sentence staff read on the send's page, and the counts."""
    batch_send = mail.batch_send
    with translation.override(settings.LANGUAGE_CODE):
        counts = status.counts_of([batch_send.pk])[batch_send.pk]
        lines = [
            status.sentence(batch_send, counts=counts, alive=True),
            "",
            *(f"{label}: {count}" for label, count in _counts(counts) if count),
            "",
            *_reasons(batch_send),
            _("You get this because you made this send. Numbers and texts are on its page only."),
        ]
        subject = _("Bulk SMS “%(title)s”: %(status)s") % {
            "title": batch_send.title,
            "status": _in_the_subject(batch_send, counts),
        }
        link = page(batch_send)
        body = "\n".join(lines[:1] + ([link] if link else []) + lines[1:])
    return EmailMessage(" ".join(subject.split()), body, to=[address_of(batch_send.created_by)])


def _in_the_subject(batch_send: BatchSend, counts: status.Counts) -> str:
    if not counts.unknown:
        return str(batch_send.get_status_display())
    return _("%(status)s, %(count)s people unknown") % {
        "status": batch_send.get_status_display(),
        "count": f"{counts.unknown:,}",
    }


def _reasons(batch_send: BatchSend) -> list[str]:
    """Why people were refused, or why nobody knows: each code with its people, meaning and advice, and a blank line."""
    in_doubt = Batch.objects.filter(
        batch_send=batch_send, status__in=(BatchStatus.REFUSED, BatchStatus.UNKNOWN)
    )
    people = Sum(F("size") - F("left_out") - F("delivered") - F("undelivered"))
    rows = in_doubt.order_by().values_list("status", "code").annotate(people=people)
    lines = []
    for kind, code, count in sorted(rows, key=lambda row: (-row[2], row[:2]))[:MOST_REASONS]:
        told = explain(code)
        lines.append(
            _("%(status)s (%(count)s): %(code)s. %(meaning)s %(advice)s")
            % {
                "status": BatchStatus(kind).label,
                "count": f"{count:,}",
                "code": code or "—",
                "meaning": told.meaning(status.language()),
                "advice": told.advice(status.language()),
            }
        )
    return [*lines, ""] if lines else []


def page(batch_send: BatchSend) -> str:
    """The send's page, where ALISMS['SITE_URL'] says where the admin is."""
    site = (conf.SITE_URL or "").rstrip("/")
    return f"{site}/django_alisms/batchsend/{batch_send.pk}/change/" if site else ""


def _counts(counts: Any) -> list[tuple[str, int]]:
    return [
        (str(BatchStatus.ACCEPTED.label), counts.accepted),
        (str(BatchStatus.REFUSED.label), counts.refused),
        (str(BatchStatus.UNKNOWN.label), counts.unknown),
        (str(BatchStatus.ABSENT.label), counts.absent),
        (str(BatchStatus.PENDING.label), counts.pending + counts.sending),
        (str(BatchStatus.CANCELLED.label), counts.cancelled),
        (_("left out"), counts.left_out),
    ]
