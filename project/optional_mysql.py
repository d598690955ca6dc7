"""Install mysqlclient where this machine can build it: it comes as source and wants the client's headers."""

import shutil
import subprocess
import sys


def main() -> None:
    if shutil.which("mysql_config") or shutil.which("mariadb_config") or _pkg_config():
        installed = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "mysqlclient>=2.2",
            ]
        )
        if installed.returncode == 0:
            return
    print("mysqlclient was not installed (no MySQL headers here): MariaDB is left out of the tests")


def _pkg_config() -> bool:
    if not shutil.which("pkg-config"):
        return False
    return any(
        subprocess.run(["pkg-config", "--exists", name]).returncode == 0
        for name in ("mysqlclient", "mariadb", "libmariadb")
    )


if __name__ == "__main__":
    main()
