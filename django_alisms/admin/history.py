"""The history in words: one sentence for each event."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import BatchStatus, Event, EventKind, PauseReason
from ..templatetags.alisms import beside, clock
from . import slice_words
from .paginators import UncountedPaginator


def in_words(event: Event) -> str:
    """What was done, by whom, and why where a reason was given."""
    facts = {**event.facts, "who": beside(event.actor)}
    sentence = _sentence(event, facts)
    return f"{sentence} ({event.reason})" if event.reason else sentence


def _sentence(event: Event, facts: dict[str, Any]) -> str:
    def number(key: str) -> str:
        value = facts.get(key)
        return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "?")

    who = {"who": facts["who"]}
    match event.kind:
        case EventKind.CREATED:
            return _("%(who)s made this draft") % who
        case EventKind.EDITED:
            return _("%(who)s changed the draft") % who
        case EventKind.IMPORTED:
            return _("%(who)s imported “%(file)s”") % {**who, "file": facts.get("file", "?")}
        case EventKind.IMPORT_DISCARDED:
            return _("%(who)s discarded the import “%(file)s”") % {**who, "file": facts.get("file", "?")}
        case EventKind.MENDED:
            return _("%(who)s mended row %(row)s of “%(file)s”") % {
                **who,
                "row": number("row"),
                "file": facts.get("file", "?"),
            }
        case EventKind.TAKEN_OUT:
            return _("%(who)s took the person of row %(row)s out") % {**who, "row": number("row")}
        case EventKind.STARTED:
            return _("%(who)s started the send to %(count)s people") % {**who, "count": number("recipients")}
        case EventKind.PAUSED:
            labels = dict(PauseReason.choices)
            return _("%(who)s paused: %(why)s") % {**who, "why": labels.get(facts.get("why"), "—")}
        case EventKind.RESUMED:
            return _("%(who)s let it go on") % who
        case EventKind.CANCELLED:
            return _("%(who)s cancelled what was not sent: %(count)s people") % {
                **who,
                "count": number("recipients"),
            }
        case EventKind.FINISHED:
            return _("Sending finished")
        case EventKind.ORPHANED:
            return _("Batch %(batch)s: its process was lost, so its result is unknown") % {
                "batch": number("batch")
            }
        case EventKind.SETTLED:
            labels = dict(BatchStatus.choices)
            looked_up = {"batch": number("batch"), "to": labels.get(facts.get("to"), "?")}
            if facts.get("not_seen"):
                return _(
                    "Batch %(batch)s was looked up: %(to)s; people of it who were not seen: %(count)s"
                ) % {
                    **looked_up,
                    "count": len(facts["not_seen"]),
                }
            return _("Batch %(batch)s was looked up: %(to)s") % looked_up
        case EventKind.RESENT:
            labels = dict(BatchStatus.choices)
            return _("%(who)s let %(count)s batches go again that were: %(status)s") % {
                **who,
                "count": number("batches"),
                "status": labels.get(facts.get("status"), "?"),
            }
        case EventKind.ACCOUNT_STOPPED:
            return _("%(who)s stopped all sending of the account") % who
        case EventKind.ACCOUNT_RELEASED:
            return _("%(who)s released the account") % who
        case EventKind.SYNCED:
            return _("%(who)s synced %(signs)s sign names and %(templates)s templates") % {
                **who,
                "signs": number("sign_names"),
                "templates": number("templates"),
            }
        case EventKind.FOLLOWED:
            return _("%(who)s made a new send from these people: %(slice)s") % {
                **who,
                "slice": slice_words.in_words(str(facts.get("slice", ""))),
            }
        case EventKind.EXPORTED:
            said = (
                _("%(who)s exported %(count)s people with full numbers: %(slice)s")
                if facts.get("full")
                else _("%(who)s exported %(count)s people, numbers masked: %(slice)s")
            )
            return said % {
                **who,
                "count": number("recipients"),
                "slice": slice_words.in_words(str(facts.get("slice", ""))),
            }
        case EventKind.PURGED:
            return _("%(who)s masked the numbers of %(count)s people, because of the age of the send") % {
                **who,
                "count": number("recipients"),
            }
        case EventKind.NUMBERS_SHOWN:
            return _("%(who)s looked at full phone numbers") % who
    return f"{event.get_kind_display()} · {event.actor}"


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """Append-only: looked at, never written."""

    list_display = ("when", "words", "batch_send")
    list_select_related = ("batch_send",)
    list_filter = ("kind",)
    list_display_links = None
    search_fields = ("actor", "batch_send__title")
    fields = ("when", "kind", "actor", "reason", "batch_send", "words")
    paginator = UncountedPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("time"), ordering="id")
    def when(self, event: Event) -> str:
        return clock(event.at)

    @admin.display(description=gettext_lazy("what"))
    def words(self, event: Event) -> str:
        return in_words(event)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False
