"""Makes mutated files from the corpus, gives them to the victim, and keeps what it died or choked of."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import resource
import selectors
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..cases import CASES
from .mutations import mutated

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 30
PEAK = 1 << 30
"""The guard's figures: docs/spreadsheets.md."""
ADDRESSES = 4 << 30
LARGEST_SOURCE = 300_000


@dataclass(frozen=True)
class Find:
    """A file that did harm: the seed and number that make it again, from which case, and what happened."""

    seed: int
    number: int
    case: str
    harm: str

    def __str__(self) -> str:
        return f"--seed {self.seed} --only {self.number}  ({self.case}): {self.harm}"


@dataclass
class Hunt:
    """What came of all files, and what was found."""

    ends: Counter[str] = field(default_factory=Counter)
    finds: list[Find] = field(default_factory=list)
    slowest: float = 0.0
    peak: int = 0


# odfpy writes name spaces in the order of a set, another one each time.
NEVER_THE_SAME = ("made by odfpy",)


def corpus() -> list[tuple[str, bytes]]:
    """The files of the list that are no bombs, each once."""
    found: dict[str, tuple[str, bytes]] = {}
    for case in CASES:
        if case.slow or case.kills or case.title in NEVER_THE_SAME:
            continue
        content = without_clock(case.build())
        if case.title != "a password" and 0 < len(content) <= LARGEST_SOURCE:
            found.setdefault(hashlib.sha256(content).hexdigest(), (str(case), content))
    return list(found.values())


def without_clock(content: bytes) -> bytes:
    """An archive without the moment at which it was made: the same seed is to make the same files tomorrow."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except (zipfile.BadZipFile, OSError, EOFError):
        return content
    if not any(name == "docProps/core.xml" for name, _part in members):
        return content
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in members:
            stamped = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z?", b"2026-11-11T00:00:00Z", part)
            archive.writestr(
                zipfile.ZipInfo(name), stamped if name == "docProps/core.xml" else part, zipfile.ZIP_DEFLATED
            )
    return file.getvalue()


def hunt(mutations: int, seed: int, only: int | None = None, keep: Path | None = None) -> Hunt:
    """``only``: that one file. ``keep``: a folder for the files that did harm."""
    result = Hunt()
    sources = corpus()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        victim = Victim()
        try:
            for number in range(mutations) if only is None else [only]:
                chance = random.Random(
                    f"{seed}:{number}"
                )  # each file by itself, so that one can be made again
                case, content = chance.choice(sources)
                content = mutated(content, chance)
                path = Path(folder) / chance.choice(["list.xlsx", "list.csv", "list"])
                path.write_bytes(content)
                said = victim.read(path)
                harm = _harm(said)
                result.ends[_end(said)] += 1
                result.slowest = max(result.slowest, said.get("seconds", 0))
                result.peak = max(result.peak, said.get("peak", 0))
                if harm:
                    result.finds.append(Find(seed, number, case, harm))
                    if keep is not None:
                        keep.mkdir(parents=True, exist_ok=True)
                        (keep / f"{seed}-{number}").write_bytes(content)
                if harm or said.get("peak", 0) > PEAK // 2:  # the peak is the process's: the next begins anew
                    victim.kill()
                path.unlink()
        finally:
            victim.kill()
    return result


def _end(said: dict[str, Any]) -> str:
    return next((end for end in ("died", "broken", "refused", "asked", "rows") if end in said), "?")


def _harm(said: dict[str, Any]) -> str:
    if "died" in said:
        return str(said["died"])
    if "broken" in said:
        return f"{said['broken']} at {said['at']}"
    if said["seconds"] > SECONDS:
        return f"{said['seconds']} seconds"
    if said["peak"] > PEAK:
        return f"{said['peak'] // 2**20} MiB"
    return ""


class Victim:
    """The process that reads; started anew after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path) -> dict[str, Any]:
        """What it says of the file, or how it died."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{path}\n".encode())
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            spoke = selector.select(SECONDS + 5)
        line = process.stdout.readline() if spoke else b""
        if line:
            said: dict[str, Any] = json.loads(line)
            return said
        code = process.wait() if spoke else None
        self.kill()
        return {
            "died": f"no end within {SECONDS + 5} s" if code is None else f"the process ended with {code}"
        }

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.spreadsheets.fuzz.victim"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SECRET_KEY": "x"},
            # So that a guard that fails kills the victim, not the machine.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES)),
        )
