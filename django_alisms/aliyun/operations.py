"""The calls this app makes, each once: no retry here, and nothing raised for what network or service does.

Whether to ask again is the caller's to decide, by `answer.outcome` and `codes.explain(answer.code)`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from .. import __version__
from .auth import ACS3Auth, canonical_query, fresh_nonce, utc_now
from .credentials import Credentials
from .endpoint import Endpoint
from .evidence import TransportError
from .fields import FieldError, batch_form, batch_query
from .outcomes import Answer, failed, judge
from .records import (
    DayCount,
    SendDetail,
    SignRecord,
    TemplateRecord,
    day_counts,
    send_details,
    sign_record,
    sign_records,
    template_record,
    template_records,
)
from .transport import MayLeave, Transport

__all__ = [
    "Client",
    "DayCount",
    "SendDetail",
    "SignRecord",
    "TemplateRecord",
    "day_counts",
    "send_details",
    "sign_record",
    "sign_records",
    "template_record",
    "template_records",
]

VERSION = "2017-05-25"
MOST_PER_PAGE = 50
# An answer to a send has four short fields. A page of 50 templates or messages of 500 Chinese characters each
# has some 100 KiB: with the smaller limit an account with long templates could never be read.
LONGEST_SEND_ANSWER = 64 * 1024
LONGEST_LOOK_UP_ANSWER = 1024 * 1024


class Client:
    """Calls one endpoint with one account's credentials. Any number of threads may share a client.

    `credentials` is asked before every call, so keys may be exchanged while the process runs. Each calling
    thread keeps one connection alive.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Callable[[], Credentials],
        *,
        clock: Callable[[], datetime] = utc_now,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce
        self._transport = Transport(endpoint)

    def __repr__(self) -> str:
        return f"<Client {self._endpoint.url}>"

    def close(self) -> None:
        """Close every connection, when no thread calls any more."""
        self._transport.close()

    def send_batch_sms(
        self,
        phones: Sequence[str],
        sign_name: str,
        template_code: str,
        params_json: Sequence[str],
        out_id: str,
        extend_code: str = "",
        *,
        may_leave: MayLeave | None = None,
    ) -> Answer:
        """One request for at most 100 messages of one template.

        `params_json`: for each phone the text of a JSON object with string values, `{}` where the template has
        no variables. `out_id`: ours, shorter than 256 characters, fresh for every request. `may_leave` is asked
        with the connection open and nothing sent, and may wait; where it says False nothing leaves (`local.late`).
        ACCEPTED means that the platform took it, not that anybody got it.
        """
        return self._call(
            "SendBatchSms",
            lambda: (
                batch_query(template_code, out_id),
                batch_form(phones, sign_name, params_json, extend_code),
            ),
            sending=True,
            may_leave=may_leave,
        )

    def query_send_details(
        self,
        phone: str,
        day: date,
        page: int,
        page_size: int = MOST_PER_PAGE,
        biz_id: str = "",
        *,
        may_leave: MayLeave | None = None,
    ) -> Answer:
        """The messages to one number on one day in Beijing, at most 30 days back; read by `send_details`.

        `phone`: 11 digits without a prefix. `page`: from 1. An empty page proves nothing by itself. `may_leave` as
        in `send_batch_sms`.
        """
        fields = {
            "PhoneNumber": phone,
            "SendDate": day.strftime("%Y%m%d"),
            "PageSize": str(page_size),
            "CurrentPage": str(page),
        }
        if biz_id:
            fields["BizId"] = biz_id
        return self._look_up("QuerySendDetails", fields, may_leave)

    def query_send_statistics(
        self, first: date, last: date, page: int, page_size: int = MOST_PER_PAGE
    ) -> Answer:
        """What the account sent within mainland China on each of these days in Beijing; read by `day_counts`."""
        return self._look_up(
            "QuerySendStatistics",
            {
                "IsGlobe": "1",
                "StartDate": first.strftime("%Y%m%d"),
                "EndDate": last.strftime("%Y%m%d"),
                "PageIndex": str(page),
                "PageSize": str(page_size),
            },
        )

    def query_sms_sign_list(self, page: int, page_size: int = MOST_PER_PAGE) -> Answer:
        """A page of the account's sign names, from 1; read by `sign_records`."""
        return self._look_up("QuerySmsSignList", {"PageIndex": str(page), "PageSize": str(page_size)})

    def query_sms_template_list(self, page: int, page_size: int = MOST_PER_PAGE) -> Answer:
        """A page of the account's templates, from 1; read by `template_records`."""
        return self._look_up("QuerySmsTemplateList", {"PageIndex": str(page), "PageSize": str(page_size)})

    def get_sms_sign(self, name: str) -> Answer:
        """One sign name with its registration at the carriers; read by `sign_record`. 150 calls a second at most."""
        return self._look_up("GetSmsSign", {"SignName": name})

    def get_sms_template(self, code: str) -> Answer:
        """One template with the attributes of its variables; read by `template_record`."""
        return self._look_up("GetSmsTemplate", {"TemplateCode": code})

    def query_token_for_mns_queue(self, kind: str) -> Answer:
        """A temporary key for the queue of one kind (SmsReport, SmsUp); read by `queue_token`. Of Dybaseapi."""
        return self._look_up("QueryTokenForMnsQueue", {"MessageType": kind})

    def _look_up(self, action: str, query: Mapping[str, str], may_leave: MayLeave | None = None) -> Answer:
        return self._call(action, lambda: (query, b""), sending=False, may_leave=may_leave)

    def _call(
        self,
        action: str,
        fields: Callable[[], tuple[Mapping[str, str], bytes]],
        *,
        sending: bool,
        may_leave: MayLeave | None = None,
    ) -> Answer:
        began = time.monotonic()
        try:
            credentials = self._credentials()
        except Exception as error:  # a callable of the project: what it raises may hold what it must not show
            return failed("local.credentials", type(error).__name__)
        try:
            request = self._request(action, *fields(), credentials)
        except FieldError as error:
            return failed("local.build", str(error))
        except Exception as error:
            return failed("local.build", type(error).__name__)
        try:
            reply = self._transport.exchange(
                request, LONGEST_SEND_ANSWER if sending else LONGEST_LOOK_UP_ANSWER, may_leave
            )
        except TransportError as error:
            return failed(error.code, error.reason, elapsed=time.monotonic() - began)
        return judge(
            reply.status,
            reply.headers,
            reply.body,
            sending=sending,
            elapsed=time.monotonic() - began,
            secrets=(
                credentials.access_key_id,
                credentials.access_key_secret,
                credentials.security_token or "",
            ),
        )

    def _request(
        self, action: str, query: Mapping[str, str], form: bytes, credentials: Credentials
    ) -> PreparedRequest:
        """The signed request. Put together by hand: every part is encoded already, and quoting it again costs."""
        request = PreparedRequest()
        request.method = "POST"
        request.url = self._endpoint.url + (f"?{canonical_query(query)}" if query else "")
        request.headers = CaseInsensitiveDict(
            {
                "host": self._endpoint.netloc,
                "accept": "application/json",
                "accept-encoding": "identity",
                "user-agent": f"django-alisms/{__version__}",
            }
        )
        if form:
            request.headers["content-type"] = "application/x-www-form-urlencoded"
            request.body = form
        signer = ACS3Auth(credentials, action, VERSION, clock=self._clock, nonce=self._nonce)
        return signer(request)
