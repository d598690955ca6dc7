"""The admin pages: they render, parse, delegate to the services, and say what happened."""

from . import account, batch_sends, batches, history, opt_outs, recipients

__all__ = ["account", "batch_sends", "batches", "history", "opt_outs", "recipients"]
