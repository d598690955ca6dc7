"""The account: its credentials, the client that speaks to it, and its stop."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ..aliyun.credentials import Credentials
from ..aliyun.endpoint import Endpoint
from ..aliyun.operations import Client
from ..aliyun.queues import QueueClient
from ..conf import conf
from ..models import AccountState, BatchSend, EventKind, PauseReason, SendStatus
from .actors import Actor, note
from .clock import database_now
from .refusals import NotConfigured, NotPossible


def credentials() -> Credentials:
    """The account's key pair, asked for late so that it may rotate. Raises NotConfigured where there is none."""
    if conf.CREDENTIALS is not None:
        return conf.CREDENTIALS()
    if not (conf.ACCESS_KEY_ID and conf.ACCESS_KEY_SECRET):
        raise NotConfigured(
            _(
                "There are no credentials for Alibaba Cloud, so nothing was sent. Set ALIBABA_CLOUD_ACCESS_KEY_ID "
                "and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or ALISMS['CREDENTIALS']."
            )
        )
    return Credentials(conf.ACCESS_KEY_ID, conf.ACCESS_KEY_SECRET, conf.SECURITY_TOKEN or None)


def client() -> Client:
    """A client for the configured endpoint. Raises NotConfigured for a wrong endpoint or missing credentials."""
    credentials()
    try:
        endpoint = _endpoint(conf.ENDPOINT, "sms")
    except ValueError as refused:
        raise NotConfigured(_("ALISMS['ENDPOINT'] cannot be used: %(why)s") % {"why": refused}) from refused
    return Client(endpoint, credentials)


def queue_client() -> QueueClient:
    """A client for the account's two queues. Raises NotConfigured where they are not set up."""
    if not conf.RECEIPT_QUEUE:
        raise NotConfigured(
            _(
                "No queue is set up, so none was read. Set ALISMS_RECEIPT_QUEUE to the name in Alibaba Cloud's "
                "console (Alicom-Queue-…-)."
            )
        )
    credentials()
    try:
        tokens = Client(_endpoint(conf.TOKEN_ENDPOINT, "token"), credentials)
        return QueueClient(tokens, _endpoint(conf.QUEUE_ENDPOINT, "queue"), conf.RECEIPT_QUEUE)
    except ValueError as refused:
        raise NotConfigured(_("The queues cannot be used: %(why)s") % {"why": refused}) from refused


def _endpoint(url: str, service: str) -> Endpoint:
    return Endpoint(
        url,
        connect_timeout=conf.CONNECT_TIMEOUT,
        read_timeout=conf.READ_TIMEOUT,
        ca_bundle=conf.CA_BUNDLE,
        proxy=conf.PROXY,
        service=service,
    )


def stop(*, code: str, message: str, actor: Actor) -> bool:
    """Stop the account: all its sends pause with the reason. False when it was stopped already."""
    now = database_now()
    with transaction.atomic():
        stopped = AccountState.objects.stop(code=code, message=message, by=actor.name, now=now)
        if stopped:
            note(EventKind.ACCOUNT_STOPPED, actor, at=now, reason=message, code=code)
    for pk in BatchSend.objects.sending().values_list("pk", flat=True):
        pause(pk, reason=PauseReason.ACCOUNT, detail=code, actor=actor)
    return stopped


def release(*, actor: Actor, reason: str = "") -> None:
    """Let the account send again. Paused sends stay paused: a person resumes each, its first batch alone."""
    actor.require("send_batchsend")
    with transaction.atomic():
        if not AccountState.objects.release():
            raise NotPossible(_("The account is not stopped. Nothing was changed."))
        note(EventKind.ACCOUNT_RELEASED, actor, at=database_now(), reason=reason)


def pause(pk: int, *, reason: str, detail: str = "", actor: Actor) -> bool:
    """sending → paused, by the line that was stopped; the history says why."""
    now = database_now()
    with transaction.atomic():
        paused = BatchSend.objects.pause(pk, reason=reason, detail=detail, now=now, actor=actor.name)
        if paused:
            note(EventKind.PAUSED, actor, pk, at=now, reason=detail, why=str(reason))
    return paused


def is_stopped() -> bool:
    return AccountState.objects.current().stopped


def anything_sending() -> bool:
    return BatchSend.objects.with_status(SendStatus.SENDING).exists()
