"""A local Aliyun: the SMS service of Alibaba Cloud (Dysmsapi 2017-05-25) in a process of its own.

::

    python -m django_alisms.sandbox --port 8765 --ledger accepted.jsonl

Point ``ALISMS_ENDPOINT`` (or the endpoint option of any official SDK) at the address it prints; nothing else
changes. It verifies signatures of version 3 (ACS3-HMAC-SHA256) and version 1 (HMAC-SHA1), timestamps and
nonces, takes GET and POST with parameters in query or form, checks what the real service checks, and answers
in the real service's words. It sends nothing to anybody.

Operations: SendBatchSms, SendSms, QuerySendDetails, QuerySmsSignList, QuerySmsTemplateList, GetSmsSign,
GetSmsTemplate; QueryTokenForMnsQueue, and the two queues it opens (receive, delete).

Receipts and replies are pushed to an address of this machine, or put into the queues, as the settings say.

The key pair is that of ``ALIBABA_CLOUD_ACCESS_KEY_ID`` and ``ALIBABA_CLOUD_ACCESS_KEY_SECRET``, or
``sandbox`` / ``sandbox``. Where ``ALIBABA_CLOUD_SECURITY_TOKEN`` is set too, requests must carry it.

**What a phone number does** (:mod:`django_alisms.sandbox.numbers` is the table): the last three digits choose
the receipt (…901 switched off, …905 on a black list, …920 never a receipt), the range 199 0000 0000 to
199 0000 0099 decides what becomes of the whole request (19900000004: out of money; 19900000031: accepted, but the
answer is lost).

**The weather** (:mod:`django_alisms.sandbox.weather` is the vocabulary), from this machine only::

    POST /_sandbox/control {"delay": 0.05}
    POST /_sandbox/control {"fault": "throttle", "requests": 3}
    POST /_sandbox/control {"fault": "cut", "accepted": true, "requests": 1}
    GET  /_sandbox/state
    POST /_sandbox/control {"outcome": {"13800138000": "EXPIRED"}}
    POST /_sandbox/control {"reply": {"phone": "13800138000", "content": "TD"}}
    POST /_sandbox/reset

**The ledger** (``--ledger FILE``): one JSON line for each accepted request, on the disk before the answer
leaves. A sandbox started on an old ledger remembers what was accepted.

It imports nothing of the app but the published signature, so that the two cannot be wrong together.
"""
