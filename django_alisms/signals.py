"""What happened, told to your own code after it was committed. See docs/signals.md for one example each.

A receiver that raises is logged and harms nothing; one that is slow slows whoever tells it, so hand long work to a
queue. Without a receiver nothing is gathered and nothing is told. Process dies between commit and signal: the signal
is lost, the tables are not.
"""

from django.dispatch import Signal

batch_answered = Signal()
"""One SendBatchSms call came back. ``sender`` Batch; ``batch_send_id``, ``batch_id``, ``out_id``, ``outcome``
("accepted", "refused", "unknown"), ``code``, ``biz_id``."""

recipient_reported = Signal()
"""The carrier's final word on one person. ``sender`` Recipient; ``batch_send_id``, ``recipient_id``, ``delivery``
("delivered", "undelivered"), ``code``, ``reported_at`` (aware)."""

reply_received = Signal()
"""A person wrote back. ``sender`` Reply; ``reply`` (a Reply, as stored)."""

batch_send_changed = Signal()
"""A send started, paused, went on, was cancelled, finished or was taken up again. ``sender`` BatchSend;
``batch_send_id``, ``change`` (an EventKind value), ``why`` (a PauseReason value, or "")."""
