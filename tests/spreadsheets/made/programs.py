"""Files made by real programs: LibreOffice without a window, SheetJS under Node."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import absent

ROOT = Path(__file__).resolve().parents[3]
NODE = Path(__file__).resolve().parents[1] / "node"
INSTALLED = ROOT / ".make" / "sheetjs"
CSV = "csv:Text - txt - csv (StarCalc):{},34,{},1"
"""Separator and character set by their numbers: 44 and 9 are a comma and a tab, 76 is UTF-8, 85 GB18030, 65535 UTF-16."""


def libreoffice(files: Mapping[str, bytes], target: str, folder: Path) -> dict[str, bytes]:
    """All files converted in one run; ``target`` is an ending, or an ending with a filter. Out: by the same names."""
    program = shutil.which("soffice")
    if program is None:
        absent("soffice is not here")
    assert program is not None
    source, made = folder / "source", folder / "made"
    source.mkdir(parents=True)
    for name, content in files.items():
        (source / name).write_bytes(content)
    with tempfile.TemporaryDirectory(prefix="soffice-") as profile:
        subprocess.run(
            [
                program,
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--convert-to",
                target,
                "--outdir",
                str(made),
                *(str(source / name) for name in files),
            ],
            check=True,
            capture_output=True,
            timeout=180,
            stdin=subprocess.DEVNULL,
        )
    ending = target.partition(":")[0]
    return {name: (made / f"{Path(name).stem}.{ending}").read_bytes() for name in files}


def sheetjs(rows: Sequence[Sequence[Any]], formats: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """The rows in each format; ``formats``: SheetJS's own names by file name."""
    program = _node()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [program, str(NODE / "write.js")],
        input=json.dumps({"rows": rows, "formats": formats, "folder": str(folder)}),
        env={**os.environ, "NODE_PATH": str(INSTALLED / "node_modules")},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return {name: (folder / name).read_bytes() for name in formats}


def _node() -> str:
    """Path of node, with SheetJS installed once from the lock file beside."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        absent("node and npm are not here")
    assert program is not None
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it at once
        wanted = (NODE / "package-lock.json").read_bytes()
        mark = INSTALLED / "installed-lock.json"
        if not mark.exists() or mark.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(NODE / name, INSTALLED / name)
            command = [str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=180)
            if done.returncode:
                absent(f"npm could not install SheetJS: {done.stderr.strip()[-300:]}")
            mark.write_bytes(wanted)
    return program
