"""``make fuzz MUTATIONS=5000 SEED=1``: exit 1 when anything was found, with the words to make that file again."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .hunt import hunt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.spreadsheets.fuzz")
    parser.add_argument("--mutations", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the file of this number alone")
    parser.add_argument("--keep", type=Path, help="a folder for the files that did harm")
    asked = parser.parse_args()
    started = time.monotonic()
    found = hunt(asked.mutations, asked.seed, asked.only, asked.keep)
    for one in found.finds:
        print(one)
    ends = ", ".join(f"{end}: {count}" for end, count in found.ends.most_common())
    print(
        f"{sum(found.ends.values())} files, seed {asked.seed}, {time.monotonic() - started:.0f} s ({ends}); "
        f"slowest {found.slowest:.1f} s, peak {found.peak // 2**20} MiB; {len(found.finds)} found"
    )
    return bool(found.finds)


if __name__ == "__main__":
    sys.exit(main())
