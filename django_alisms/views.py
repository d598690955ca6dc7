"""The two addresses that Alibaba Cloud pushes to. The token in the path is the only thing that tells it from others.

The service signs nothing and says from where it comes nowhere (aliyun-sms-api §5.2), so a push is a hint that can
do little: it never sends anything, and it concerns only messages that exist.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from .conf import receipt_tokens
from .services import unforeseen
from .services.receiving import doors

logger = logging.getLogger("django_alisms.receiving")

Door = Callable[[bytes], None]


@csrf_exempt
@transaction.non_atomic_requests
def receipts(request: HttpRequest, token: str) -> HttpResponse:
    """SmsReport: what became of messages."""
    return _push(request, token, doors.receipts_pushed)


@csrf_exempt
@transaction.non_atomic_requests
def replies(request: HttpRequest, token: str) -> HttpResponse:
    """SmsUp: what people wrote back."""
    return _push(request, token, doors.replies_pushed)


def _push(request: HttpRequest, token: str, door: Door) -> HttpResponse:
    """Stored before answered. Anything but 200 makes Alibaba Cloud push again, after 1, 5 and 10 minutes."""
    if not _known(token):
        return _answer(404, "not found")
    if request.method != "POST":
        return _answer(405, "POST only", {"Allow": "POST"})
    refusal = _wrong_envelope(request)
    if refusal is not None:
        return refusal
    try:
        body = request.body
    except RequestDataTooBig:
        return _answer(413, "too long")
    except UnreadablePostError:
        return _answer(400, "the body did not come whole")
    try:
        door(body)
    except doors.Malformed as wrong:
        logger.warning("a push was refused: %s", wrong)
        return _answer(400, str(wrong))
    except (DatabaseError, InterfaceError) as gone:
        logger.error("a push could not be stored and will come again: %s", type(gone).__name__)
        connection.close()
        return _answer(503, "not stored")
    except Exception as error:  # Django's own log of it would show the path, and the path holds the token
        logger.error("a push could not be stored: %s", unforeseen.described(error))
        return _answer(500, "not stored")
    return _answer(200, "stored")


def _known(token: str) -> bool:
    """Every token is compared, each in constant time."""
    return any([constant_time_compare(token, known) for known in receipt_tokens()])


def _wrong_envelope(request: HttpRequest) -> HttpResponse | None:
    """What the headers say already: nothing is read of a body that is too long or of another kind."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        return _answer(411, "Content-Length")
    if len(length) > 9 or int(length) > doors.MOST_BYTES:
        return _answer(413, "too long")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        return _answer(415, "no Content-Encoding")
    if request.content_type != "application/json":
        return _answer(415, "application/json")
    return None


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """``code`` must be a number and its value is not looked at; the HTTP status is what counts."""
    response = JsonResponse(
        {"code": 0 if status == 200 else status, "msg": message}, status=status, headers=headers
    )
    # Django would log the path of an answer of 400 and more, and the path holds the token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
