"""What every page does around an act: the right, the object, the service, and the sentence about what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from ..models import BatchSend, EventKind
from ..services.actors import Actor, note
from ..services.clock import database_now
from ..services.refusals import AlreadyStarted, NotAllowed, NotPossible

FULL_NUMBERS = "django_alisms_full_numbers"


def may(request: HttpRequest, *permissions: str) -> bool:
    """Whether the user has all of these rights of the app."""
    return all(request.user.has_perm(f"django_alisms.{permission}") for permission in permissions)


def require(request: HttpRequest, *permissions: str) -> None:
    """403 unless the user has all of these rights of the app."""
    if not may(request, *permissions):
        raise PermissionDenied


def send_or_404(request: HttpRequest, pk: int, *permissions: str) -> BatchSend:
    """The send, for a user who may see sends and has these rights besides; 403 comes before 404."""
    if not (may(request, "view_batchsend") or may(request, "change_batchsend")):
        raise PermissionDenied
    require(request, *permissions)
    return get_object_or_404(BatchSend.objects.select_related("sign_name", "template"), pk=pk)


def perform(request: HttpRequest, do: Callable[[Actor], Any], said: Callable[[Any], Any]) -> bool:
    """Do it as the user and say what happened; False when it was not possible, which is said as well."""
    try:
        result = do(Actor.of(request.user))
    except NotAllowed as refused:
        raise PermissionDenied from refused
    except AlreadyStarted as before:
        messages.info(request, str(before))
        return False
    except NotPossible as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, str(said(result)))
    return True


def back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """To the page named by ``next`` where it is one of this site's, else there."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(otherwise)


def shows_full_numbers(request: HttpRequest, batch_send_id: int) -> bool:
    """Whether this user has the right to see full numbers and has asked for those of this send."""
    return batch_send_id in request.session.get(FULL_NUMBERS, []) and may(request, "view_full_number")


def show_full_numbers(request: HttpRequest, batch_send: BatchSend) -> None:
    """From now on, in this session, the numbers of this send are shown whole; the history says who asked."""
    require(request, "view_full_number")
    asked = request.session.get(FULL_NUMBERS, [])
    if batch_send.pk not in asked:
        request.session[FULL_NUMBERS] = [*asked[-99:], batch_send.pk]
        note(EventKind.NUMBERS_SHOWN, Actor.of(request.user), batch_send, at=database_now())
