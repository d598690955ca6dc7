"""Figures, moments and spans of time as the pages write them, and the small pieces every page shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ..recipients.characters import pieces

register = template.Library()


@register.filter
def figure(number: Any) -> str:
    """12300 → 12,300; nothing → —."""
    return "—" if number is None else f"{int(number):,}"


@register.filter
def signed(number: Any) -> str:
    """A difference: 12 → +12, -1200 → −1,200."""
    return f"{int(number):+,}".replace("-", "−")


@register.filter
def money(amount: Any) -> str:
    """Yuan with two decimals; nothing → —."""
    return "—" if amount is None else f"{amount:,.2f}"


@register.filter
def span(seconds: Any) -> str:
    """A length of time as one says it: 57 s, 3 min, 2 h 5 min."""
    if seconds is None:
        return "—"
    whole = int(seconds)
    if whole < 60:
        return ngettext("%(count)d second", "%(count)d seconds", whole) % {"count": whole}
    if whole < 3600:
        return ngettext("%(count)d minute", "%(count)d minutes", round(whole / 60)) % {
            "count": round(whole / 60)
        }
    hours, rest = divmod(round(whole / 60), 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


@register.filter
def moment(value: datetime | None) -> str:
    """today 10:41, yesterday 17:05, 11-18 21:14; with the year when it is another one."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    today = timezone.localdate()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return _("today %(time)s") % {"time": clock}
    if local.date() == today - timedelta(days=1):
        return _("yesterday %(time)s") % {"time": clock}
    return f"{_day(local.date(), today)} {clock}"


@register.filter
def clock(value: datetime | None) -> str:
    """10:41:21 today, with the date before it on other days; nothing → —."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    today = timezone.localdate()
    if local.date() == today:
        return f"{local:%H:%M:%S}"
    return f"{_day(local.date(), today)} {local:%H:%M:%S}"


def beside(name: str) -> str:
    """A name in front of Chinese words: one that ends in Latin letters or figures stands off by a space."""
    chinese = (get_language() or "").startswith("zh")
    return f"{name} " if chinese and name[-1:].isascii() and name[-1:].isalnum() else name


def _day(day: date, today: date) -> str:
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


@register.filter
def seen(text: Any) -> SafeString:
    """Somebody's text, escaped, with a marker for what deceives the eye: marks without a shape or that turn the writing
    around by their code, letters of another script that look like Latin ones underlined."""
    shown = str(text)
    if shown.isascii():
        return conditional_escape(shown)
    return format_html_join("", "{}", ((_marked(piece, kind),) for piece, kind in pieces(shown)))


def _marked(piece: str, kind: str) -> str:
    if not kind:
        return piece
    names = ", ".join(f"U+{ord(character):04X}" for character in piece)
    if kind == "unseen":
        return format_html('<mark class="al-odd" title="{}">{}</mark>', _("Invisible character"), names)
    title = _("Letters of another script that look alike: %(codes)s") % {"codes": names}
    return format_html('<mark class="al-odd" title="{}">{}</mark>', title, piece)


@register.inclusion_tag("admin/django_alisms/includes/state.html")
def al_state(look: Any, nowrap: bool = True) -> dict[str, Any]:
    """Mark and word of a Look."""
    return {"look": look, "nowrap": nowrap}


@register.inclusion_tag("admin/django_alisms/includes/bar.html")
def al_bar(parts: Any, words: str = "", tall: bool = False) -> dict[str, Any]:
    """The bar of admin.states.segments."""
    return {"parts": parts, "words": words, "tall": tall}


@register.inclusion_tag("admin/django_alisms/includes/steps.html")
def al_steps(current: int) -> dict[str, Any]:
    """Where am I: the five steps of a send, counted from 1."""
    words = [_("Message and list"), _("Import report"), _("Confirm"), _("Send"), _("Result")]
    return {
        "steps": [
            {"word": word, "done": number < current, "current": number == current}
            for number, word in enumerate(words, 1)
        ]
    }
