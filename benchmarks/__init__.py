"""Speed and memory, side by side in one run: ``make bench``. Never asserted, because machines are noisy."""
