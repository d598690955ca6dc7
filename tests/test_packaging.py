"""The wheel: what somebody else's project needs is in it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "django_alisms"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, built from this tree without the network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> list[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        return archive.namelist()


def test_everything_of_the_app_is_in_the_wheel(wheel):
    wanted = {
        str(path.relative_to(ROOT))
        for path in APP.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith((".pyc", ".pyo"))
    }

    assert wanted - set(wheel) == set()
    for kind in (".html", ".py"):
        assert any(name.endswith(kind) for name in wheel)


def test_nothing_else_is_in_the_wheel(wheel):
    tops = {name.split("/")[0] for name in wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"django_alisms"}
    assert [name for name in wheel if "test" in Path(name).name.lower()] == []


def test_every_package_can_be_imported_from_the_wheel(built):
    # The sandbox and the service's client are used without Django: they must stand alone in the wheel too.
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import django_alisms.sandbox.command, django_alisms.aliyun.operations\n"
        "assert sys.argv[1] in django_alisms.__file__, django_alisms.__file__\n"
        "assert 'django' not in sys.modules\n"
    )
    wheel_file = next(built.glob("*.whl"))
    ended = subprocess.run(
        [sys.executable, "-c", program, str(wheel_file)], cwd=built, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr


def test_the_source_archive_can_be_built_from(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "django_alisms/__init__.py"} <= names
