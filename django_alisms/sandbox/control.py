"""The control route: ``/_sandbox/control``, ``/_sandbox/state`` and ``/_sandbox/reset``, from this machine only."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

from django_alisms.sandbox.answers import compact
from django_alisms.sandbox.reports import REPLIES
from django_alisms.sandbox.server import Request
from django_alisms.sandbox.weather import Unusable

if TYPE_CHECKING:
    from django_alisms.sandbox.service import Service


def answer(service: Service, request: Request, peer: str) -> tuple[int, bytes]:
    """HTTP status and body: the state after what was asked, or ``{"error": …}``."""
    if not _this_machine(peer):
        return 403, compact({"error": "only from this machine"})
    match request.method, request.path:
        case "GET", "/_sandbox/state":
            return 200, compact(service.report())
        case "POST", "/_sandbox/reset":
            service.forget()
            return 200, compact(service.report())
        case "POST", "/_sandbox/control":
            return _control(service, request)
    return 404, compact({"error": "GET /_sandbox/state, POST /_sandbox/control, POST /_sandbox/reset"})


def _control(service: Service, request: Request) -> tuple[int, bytes]:
    try:
        message: Any = json.loads(request.body)
        if not isinstance(message, dict) or not message:
            raise Unusable("a JSON object with what to change")
        if "sign_name" in message:
            _alone(message)
            service.catalogue.change_sign_name(message["sign_name"])
        elif "template" in message:
            _alone(message)
            service.catalogue.change_template(message["template"])
        elif "outcome" in message:
            _alone(message)
            service.outcomes.update(_outcomes(message["outcome"]))
        elif "reply" in message:
            _alone(message)
            service.reports.hand_over(REPLIES, [service.reports.reply(**_reply(message["reply"]))])
        else:
            service.weather.change(message)
    except (ValueError, TypeError, RecursionError) as error:
        return 400, compact({"error": str(error)})
    return 200, compact(service.report())


def _outcomes(message: Any) -> dict[str, str]:
    """{number: ErrCode}; an empty code for a receipt that never comes is not told from none, so REQUEST_SUCCESS."""
    if not isinstance(message, dict) or not all(
        isinstance(t, str) and t for pair in message.items() for t in pair
    ):
        raise Unusable('outcome is {"13800138000": "EXPIRED", …}')
    return message


def _reply(message: Any) -> dict[str, str]:
    if not isinstance(message, dict) or not {"phone", "content"} <= message.keys() <= {
        "phone",
        "content",
        "dest_code",
    }:
        raise Unusable('reply is {"phone": "13800138000", "content": "TD"}')
    if not all(isinstance(value, str) for value in message.values()):
        raise Unusable("a reply is made of texts")
    return message


def _alone(message: dict[str, Any]) -> None:
    if len(message) > 1:
        raise Unusable("one change of this kind at a time")


def _this_machine(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
