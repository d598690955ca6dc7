"""Receipts: three doors (push, queue, look-up), one function that stores what comes through them.

applying    the function: verdicts onto recipients, counters, tallies, settled batches; set-wise
matching    which recipient a receipt belongs to: OutId and number first, BizId and number second
keeping     receipts that changed nothing: strangers, those too early, contradictions
doors       receipts and replies out of the body of a push or of a queue's message
queues      the account's two queues, emptied
polling     look-ups for what is still waiting
"""
