"""Task engines, started for real: each is only a wake-up call, so each may die."""
