"""The tables, their QuerySets, and every arrow of their lives as a verb."""

from .account_state import PULSE_LOST, AccountState
from .attempts import Answered, Attempt
from .batch_sends import BatchSend, PauseReason, SendStatus
from .batches import NUMBERS_PER_BATCH, Acceptance, Batch, BatchStatus, out_id_of
from .events import Event, EventKind
from .mails import Mail
from .opt_outs import OptOut, OptOutSource, Reply
from .receipts import KeptFor, KeptReceipt, ReceiptTally, Tally
from .recipient_imports import OPEN_IMPORTS, ImportStatus, RecipientImport, RejectedRow
from .recipients import Delivery, LeftOut, Recipient
from .sign_names import AuditStatus, CarrierRegistration, SignName, digest_of
from .templates import Template, TemplateKind

__all__ = [
    "NUMBERS_PER_BATCH",
    "OPEN_IMPORTS",
    "PULSE_LOST",
    "Acceptance",
    "AccountState",
    "Answered",
    "Attempt",
    "AuditStatus",
    "Batch",
    "BatchSend",
    "BatchStatus",
    "CarrierRegistration",
    "Delivery",
    "Event",
    "EventKind",
    "ImportStatus",
    "KeptFor",
    "KeptReceipt",
    "LeftOut",
    "Mail",
    "OptOut",
    "OptOutSource",
    "PauseReason",
    "ReceiptTally",
    "Recipient",
    "RecipientImport",
    "RejectedRow",
    "Reply",
    "SendStatus",
    "SignName",
    "Tally",
    "Template",
    "TemplateKind",
    "digest_of",
    "out_id_of",
]
