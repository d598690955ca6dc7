"""From a draft to a send that is on its way: the checks before, and the one conditional UPDATE that starts it.

The checks are facts for a page or a command to show; ``start`` looks at the stops again, whatever was shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import conf
from ..models import (
    NUMBERS_PER_BATCH,
    AccountState,
    Batch,
    BatchSend,
    EventKind,
    ImportStatus,
    Recipient,
    RecipientImport,
    SendStatus,
    Template,
)
from . import following, opting_out, waking
from .actors import Actor, note
from .clock import database_now
from .refusals import AlreadyStarted, NotPossible
from .slices import Slice

STOP, CHOICE, WARNING, PASSED = "stop", "choice", "warning", "passed"
REPEAT_WINDOW = timedelta(hours=24)
# Of two sends that share numbers, this many are compared, oldest row first.
REPEAT_SAMPLE = 500


@dataclass(frozen=True)
class Check:
    """One line of the list before a send: what was looked at, what was found, what to do."""

    key: str
    level: str
    sentence: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def checks(batch_send: BatchSend, *, again: bool = False) -> list[Check]:
    """Everything that speaks for or against starting, stops first. ``again``: the repeat was seen and is meant."""
    found = [
        _sign_name(batch_send),
        _template(batch_send),
        _variables(batch_send),
        _imports(batch_send),
        _recipients(batch_send),
        _account(),
        _carriers(batch_send),
        _opted_out(batch_send),
        _rejected(batch_send),
        _long(batch_send),
        _source(batch_send, again),
        _repeat(batch_send, again),
    ]
    order = {STOP: 0, CHOICE: 1, WARNING: 2, PASSED: 3}
    return sorted((check for check in found if check is not None), key=lambda check: order[check.level])


def start(
    batch_send: BatchSend, *, actor: Actor, revision: int | None = None, again: bool = False
) -> BatchSend:
    """Start it, once. In: the draft, who, the revision the person saw, whether a repeat is meant.

    Raises AlreadyStarted (with who and when), NotAllowed, or NotPossible with what stands in the way. Works inside
    a caller's transaction: the loop sees the send when that commits.
    """
    actor.require("send_batchsend")
    batch_send.refresh_from_db()
    if batch_send.status != SendStatus.DRAFT:
        raise _already(batch_send)
    against = [check for check in checks(batch_send, again=again) if check.level in (STOP, CHOICE)]
    if against:
        raise NotPossible(
            " ".join(f"{check.sentence} {check.advice}".strip() for check in against), checks=against
        )
    with transaction.atomic():
        # One start of a template at a time: two sends to the same people that start at the same moment would both
        # be told that nobody has got it yet.
        Template.objects.select_for_update().get(pk=batch_send.template_id)
        repeat = _repeat(batch_send, again)
        if repeat is not None and repeat.level == CHOICE:
            raise NotPossible(f"{repeat.sentence} {repeat.advice}", checks=[repeat])
        now = database_now()
        started = BatchSend.objects.start(
            batch_send.pk,
            revision=batch_send.revision if revision is None else revision,
            now=now,
            actor=actor.name,
            user_id=actor.user_id,
            content=batch_send.template.content,
            price_per_part=conf.PRICE_PER_PART,
        )
        if started:
            Batch.objects.cancel_empty(list(_fully_left_out(batch_send)))
            note(EventKind.STARTED, actor, batch_send, at=now, recipients=batch_send.to_send)
            waking.announce(batch_send.pk)
    batch_send.refresh_from_db()
    if started:
        return batch_send
    if batch_send.status != SendStatus.DRAFT:
        raise _already(batch_send)
    raise NotPossible(
        _(
            "The draft was changed while you looked at it. Nothing was sent; look at it again and confirm anew."
        )
    )


def same_as_before(batch_send: BatchSend, *, now: datetime | None = None) -> BatchSend | None:
    """A send of the last 24 hours with the same file, or the same numbers with the same text; the newest."""
    now = now or database_now()
    # That these people were in the sends they come from is no news, and is asked about by itself.
    known = [batch_send.pk, *following.ancestors(batch_send)]
    started = BatchSend.objects.filter(started_at__gt=now - REPEAT_WINDOW).exclude(pk__in=known)
    digests = (
        batch_send.imports.filter(status=ImportStatus.DONE)
        .exclude(digest="")
        .values_list("digest", flat=True)
    )
    twin = (
        started.filter(
            imports__digest__in=list(digests),
            imports__status=ImportStatus.DONE,
            template=batch_send.template_id,
            sign_name=batch_send.sign_name_id,
        )
        .order_by("-started_at")
        .first()
    )
    return twin or _same_people(batch_send, started)


def _same_people(batch_send: BatchSend, started: Any) -> BatchSend | None:
    """The started send that shares most of the first numbers, with the same values and the same text."""
    numbers = Batch.objects.filter(batch_send=batch_send).order_by("number").values_list("pk", flat=True)
    first_batches = list(numbers[: REPEAT_SAMPLE // NUMBERS_PER_BATCH + 1])
    people = Recipient.objects.filter(batch__in=first_batches).to_send()
    rows = list(people.values_list("phone", "params")[:REPEAT_SAMPLE])
    if not rows:
        return None
    same = Q(batch__batch_send__template=batch_send.template_id) & Q(
        batch__batch_send__sign_name=batch_send.sign_name_id
    )
    known = set(rows)
    shared: dict[int, int] = {}
    found = Recipient.objects.filter(
        same,
        phone__in=[phone for phone, _params in rows],
        batch__batch_send__in=started.values("pk"),
        left_out="",
    ).values_list("batch__batch_send_id", "phone", "params")
    for pk, phone, params in found.iterator(chunk_size=2000):
        if (phone, params) in known:
            shared[pk] = shared.get(pk, 0) + 1
    if not shared:
        return None
    return BatchSend.objects.get(pk=max(shared, key=lambda pk: (shared[pk], pk)))


def _fully_left_out(batch_send: BatchSend) -> Iterable[int]:
    return (
        Batch.objects.pending()
        .filter(batch_send=batch_send)
        .annotate(going=Count("recipients", filter=Q(recipients__left_out="")))
        .filter(going=0)
        .values_list("pk", flat=True)
    )


def _already(batch_send: BatchSend) -> AlreadyStarted:
    if batch_send.started_at is None:
        return AlreadyStarted(_("This send was cancelled before it started. Nothing was sent."))
    return AlreadyStarted(
        _("%(who)s started this send at %(when)s. It is sent once; pressing again changed nothing.")
        % {"who": batch_send.started_by, "when": _local(batch_send.started_at)},
        who=batch_send.started_by,
        when=batch_send.started_at,
    )


def _local(moment: datetime | None) -> str:
    from django.utils.timezone import localtime

    return f"{localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


# -- the checks ------------------------------------------------------------------------------------------------


def _sign_name(batch_send: BatchSend) -> Check:
    sign_name = batch_send.sign_name
    if sign_name.is_usable:
        return Check("sign_name", PASSED, _("The sign name is approved."))
    return Check(
        "sign_name",
        STOP,
        _("The sign name “%(name)s” cannot be used: %(why)s")
        % {"name": sign_name.name, "why": sign_name.why_not},
        _("Choose another sign name, or sync again once Alibaba Cloud has approved it."),
    )


def _template(batch_send: BatchSend) -> Check:
    template = batch_send.template
    if template.is_usable:
        return Check("template", PASSED, _("The template is approved."))
    return Check(
        "template",
        STOP,
        _("The template “%(name)s” cannot be used: %(why)s")
        % {"name": template.name, "why": template.why_not},
        _("Choose another template, or sync again once Alibaba Cloud has approved it."),
    )


def _variables(batch_send: BatchSend) -> Check | None:
    """The template may have changed since the file was read: the values must be the ones it asks for now."""
    first = Recipient.objects.of(batch_send.pk).order_by("id").first()
    if first is None:
        return None
    if set(first.values) == set(batch_send.template.variables):
        return Check("variables", PASSED, _("Every variable of the template has a value."))
    return Check(
        "variables",
        STOP,
        _("The template's variables are not the ones the list was imported for."),
        _("Discard the import and upload the file again."),
    )


def _imports(batch_send: BatchSend) -> Check | None:
    opened = RecipientImport.objects.filter(batch_send=batch_send).open().first()
    if opened is None:
        return None
    if opened.status == ImportStatus.ASKING:
        return Check(
            "imports",
            STOP,
            _("The file “%(name)s” is waiting for an answer.") % {"name": opened.file_name},
            _("Answer the questions of the import, or discard it."),
        )
    return Check(
        "imports",
        STOP,
        _("The file “%(name)s” is still being read.") % {"name": opened.file_name},
        _("Wait until it is done; nothing is sent before."),
    )


def _recipients(batch_send: BatchSend) -> Check:
    if batch_send.to_send > 0:
        return Check(
            "recipients",
            PASSED,
            ngettext("%(count)d recipient.", "%(count)d recipients.", batch_send.to_send)
            % {"count": batch_send.to_send},
        )
    return Check(
        "recipients", STOP, _("There is nobody to send to."), _("Upload a file with recipients first.")
    )


def _account() -> Check:
    state = AccountState.objects.current()
    if not state.stopped:
        return Check("account", PASSED, _("The account is not stopped."))
    return Check(
        "account",
        STOP,
        _("All sending of this account is stopped: %(code)s.")
        % {"code": state.stop_code or state.stop_message},
        _("Remove the cause, then release the account on its page or with alisms_control release-account."),
    )


def _carriers(batch_send: BatchSend) -> Check | None:
    missing = batch_send.sign_name.unregistered_carriers
    if not missing:
        return None
    return Check(
        "carriers",
        WARNING,
        _("The sign name is not yet registered with: %(carriers)s.")
        % {"carriers": ", ".join(str(carrier_name(carrier)) for carrier in missing)},
        _("Their customers may not receive the message until it is."),
    )


def carrier_name(carrier: str) -> str:
    return {"mobile": _("China Mobile"), "unicom": _("China Unicom"), "telecom": _("China Telecom")}.get(
        carrier, carrier
    )


def _opted_out(batch_send: BatchSend) -> Check | None:
    count = opting_out.count_in(batch_send)
    if not count:
        return None
    return Check(
        "opted_out",
        WARNING,
        ngettext(
            "%(count)d person has opted out and will get nothing.",
            "%(count)d people have opted out and will get nothing.",
            count,
        )
        % {"count": count},
        _("They are left out by themselves; there is nothing to do."),
        facts={"count": count},
    )


def _rejected(batch_send: BatchSend) -> Check | None:
    if not batch_send.rejected_total:
        return None
    return Check(
        "rejected",
        WARNING,
        ngettext(
            "%(count)d row of the file was not imported; that person will get nothing.",
            "%(count)d rows of the file were not imported; those people will get nothing.",
            batch_send.rejected_total,
        )
        % {"count": batch_send.rejected_total},
        _("The import's report says which and why; mended rows can be added now or sent later."),
    )


def _long(batch_send: BatchSend) -> Check | None:
    if batch_send.left_out_total:
        long = Recipient.objects.of(batch_send.pk).filter(parts__gt=1, left_out="").count()
    else:  # counted when the files were read, so that a million people are not counted for a page
        done = RecipientImport.objects.filter(batch_send=batch_send, status=ImportStatus.DONE)
        long = sum(one.reading.get("long", 0) for one in done)
    if not long:
        return None
    return Check(
        "long",
        WARNING,
        ngettext(
            "%(count)d message is longer than 70 characters and costs more than one part.",
            "%(count)d messages are longer than 70 characters and cost more than one part.",
            long,
        )
        % {"count": long},
        facts={"count": long},
    )


def _source(batch_send: BatchSend, again: bool) -> Check | None:
    """People taken over from another send who may have its message already."""
    source = batch_send.source
    if source is None or not following.doubtful(Slice.parse(batch_send.source_slice)):
        return None
    return Check(
        "source",
        WARNING if again else CHOICE,
        _("These people come from “%(title)s” and may have got the message there.") % {"title": source.title},
        _(
            "Whoever is known to have got it by the time a batch goes out is left out; the others may get it twice. If "
            "that is meant, say so."
        ),
        facts={"batch_send": source.pk},
    )


def _repeat(batch_send: BatchSend, again: bool) -> Check | None:
    twin = same_as_before(batch_send)
    if twin is None:
        return None
    return Check(
        "repeat",
        WARNING if again else CHOICE,
        _(
            "The same file, or the same numbers with the same text, was started by %(who)s at %(when)s (“%(title)s”)."
        )
        % {"who": twin.started_by, "when": _local(twin.started_at), "title": twin.title},
        _("If these people are meant to get it again, say so; otherwise they have it already."),
        facts={"batch_send": twin.pk},
    )
