"""What speaks for or against starting a draft: facts for a page or a command to show, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import AccountState, BatchSend, ImportStatus, Recipient, RecipientImport
from . import following
from .clock import local
from .importing import reporting
from .opted_out_count import OptedOut, count_in
from .repeats import same_as_before
from .slices import Slice

STOP, CHOICE, WARNING, PASSED = "stop", "choice", "warning", "passed"
IN_ONE_LIST = 500
SHOWN_FILES = 3


@dataclass(frozen=True)
class Check:
    """One line of the list before a send: what was looked at, what was found, what to do."""

    key: str
    level: str
    sentence: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def checks(batch_send: BatchSend, *, again: bool = False, opted_out: OptedOut | None = None) -> list[Check]:
    """Everything that speaks for or against starting, stops first. ``again``: the repeat was seen and is meant.

    ``opted_out``: of ``opted_out_count.count_in``, where somebody has asked for it already.
    """
    opted_out = opted_out or count_in(batch_send)
    found = [
        _sign_name(batch_send),
        _template(batch_send),
        _variables(batch_send),
        _imports(batch_send),
        _recipients(batch_send, opted_out),
        _account(),
        _carriers(batch_send),
        _opted_out(opted_out),
        _rejected(batch_send),
        _stay_out(batch_send),
        _long(batch_send),
        _source(batch_send, again),
        repeat(batch_send, again),
    ]
    order = {STOP: 0, CHOICE: 1, WARNING: 2, PASSED: 3}
    return sorted((check for check in found if check is not None), key=lambda check: order[check.level])


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
    batch = batch_send.batches.order_by("number").values("pk")[:1]
    first = Recipient.objects.filter(batch=batch).order_by("id").first()
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
    if opened.status == ImportStatus.DISCARDING:
        return Check(
            "imports",
            STOP,
            _("The file “%(name)s” is being discarded.") % {"name": opened.file_name},
            _("Wait until nobody of it is in the draft any more; nothing is sent before."),
        )
    return Check(
        "imports",
        STOP,
        _("The file “%(name)s” is still being read.") % {"name": opened.file_name},
        _("Wait until it is done; nothing is sent before."),
    )


def _recipients(batch_send: BatchSend, opted_out: OptedOut) -> Check:
    going = batch_send.to_send - (opted_out.people if opted_out.sure else 0)
    if going > 0:
        return Check(
            "recipients",
            PASSED,
            ngettext("%(count)d recipient.", "%(count)d recipients.", going) % {"count": going},
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


def _opted_out(opted_out: OptedOut) -> Check | None:
    count = opted_out.people
    if not count:
        return None
    said = (
        ngettext(
            "%(count)d person has opted out and will get nothing.",
            "%(count)d people have opted out and will get nothing.",
            count,
        )
        if opted_out.sure
        else ngettext(
            "At most %(count)d person has opted out and will get nothing.",
            "At most %(count)d people have opted out and will get nothing.",
            count,
        )
    )
    return Check(
        "opted_out",
        WARNING,
        said % {"count": count},
        _("They are left out by themselves; there is nothing to do."),
        facts={"count": count},
    )


def _rejected(batch_send: BatchSend) -> Check | None:
    """Rows of files. Of one file it is known who gets nothing; with several, a row may have come in mended."""
    files = [one for one in reporting.not_imported(batch_send) if not one.from_send]
    if not files:
        return None
    count = sum(one.rows for one in files)
    if RecipientImport.objects.filter(batch_send=batch_send, status=ImportStatus.DONE).count() > 1:
        named = [_("“%(name)s” %(rows)d") % {"name": one.name, "rows": one.rows} for one in files]
        said = _(
            "Rows not imported, by file: %(files)s. Whoever came in with another file gets the message; the others get nothing."
        ) % {"files": _(", ").join([*named[:SHOWN_FILES], *["…"][: len(named) - SHOWN_FILES]])}
    else:
        said = ngettext(
            "%(count)d row of the file was not imported; that person will get nothing.",
            "%(count)d rows of the file were not imported; those people will get nothing.",
            count,
        ) % {"count": count}
    return Check(
        "rejected",
        WARNING,
        said,
        _("The import's report says which and why; mended rows can be added now or sent later."),
        facts={"files": {one.name: one.rows for one in files}},
    )


def _stay_out(batch_send: BatchSend) -> Check | None:
    """People of the send this one is made from: there is no file, and nothing to mend."""
    count = sum(one.rows for one in reporting.not_imported(batch_send) if one.from_send)
    if not count:
        return None
    return Check(
        "stay_out",
        WARNING,
        ngettext(
            "%(count)d of the people this send was made from stays out of it.",
            "%(count)d of the people this send was made from stay out of it.",
            count,
        )
        % {"count": count},
        _("The import's report says why of each; there is nothing to do."),
        facts={"count": count},
    )


def _long(batch_send: BatchSend) -> Check | None:
    if batch_send.left_out_total:
        # Only where somebody of the hundred has more than one part.
        some = list(
            batch_send.batches.filter(parts__gt=F("size") - F("left_out")).values_list("pk", flat=True)
        )
        long = sum(
            Recipient.objects.to_send().filter(parts__gt=1, batch__in=some[at : at + IN_ONE_LIST]).count()
            for at in range(0, len(some), IN_ONE_LIST)
        )
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


def repeat(batch_send: BatchSend, again: bool) -> Check | None:
    """Asked once more where the start is serialized: what was shown may be old."""
    twin = same_as_before(batch_send)
    if twin is None:
        return None
    return Check(
        "repeat",
        WARNING if again else CHOICE,
        _(
            "The same file, or the same numbers with the same text, was started by %(who)s at %(when)s (“%(title)s”)."
        )
        % {"who": twin.started_by, "when": local(twin.started_at), "title": twin.title},
        _("If these people are meant to get it again, say so; otherwise they have it already."),
        facts={"batch_send": twin.pk},
    )
