"""A real `holdfast` server in a folder of its own, on free ports."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from pathlib import Path
from typing import Optional

import pytest

from holdfast_client import TLS

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60


def find_binary() -> Optional[Path]:
    """What HOLDFAST_BIN names, else what was built last in this checkout."""
    named = os.environ.get("HOLDFAST_BIN")
    if named:
        return Path(named).resolve()
    built = [ROOT / ".build" / kind / "holdfast" for kind in ("release", "debug")]
    there = [path for path in built if path.exists()]
    return max(there, key=lambda path: path.stat().st_mtime, default=None)


def require_binary() -> Path:
    """The binary; without one the test is skipped, or fails where HOLDFAST_REQUIRE_SERVER=1 says that it must run."""
    found = find_binary()
    if found is not None and found.exists():
        return found
    words = "no holdfast binary: build it with `make build`, or name it in HOLDFAST_BIN"
    if os.environ.get("HOLDFAST_REQUIRE_SERVER") == "1":
        pytest.fail(words)
    pytest.skip(words)


class ServerProcess:
    """`holdfast init` and `holdfast serve`; stops with the `with` block."""

    def __init__(self, binary: Path, directory: Path, *, stock_port: int = 0) -> None:
        self.directory = directory
        subprocess.run(
            [str(binary), "init", "--directory", str(directory)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=START_SECONDS,
        )
        # Files, not pipes, take the log: nobody reads them while the server runs.
        self._log = open(directory / "serve.log", "ab")
        self._process = subprocess.Popen(
            [
                str(binary), "serve", "--config", str(directory / "holdfast.yaml"),
                "--stock-port", str(stock_port), "--admin-port", "0", "--admission-mode", "off",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )  # fmt: skip
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self.stop()
            raise AssertionError(f"holdfast did not start: {(directory / 'serve.log').read_text()}")
        bound = json.loads(line)
        assert bound["event"] == "listening"
        self.stock: str = bound["stock"]
        self.admin: str = bound["admin"]

    def tls(self, role: str) -> TLS:
        """The development certificate of a role."""
        certs = self.directory / "certs"
        return TLS(
            ca_file=str(certs / "ca.pem"),
            cert_file=str(certs / f"{role}.pem"),
            key_file=str(certs / f"{role}.key"),
        )

    def terminate(self) -> None:
        """SIGTERM: the server drains and leaves."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int:
        return self._process.wait(seconds)

    def stop(self) -> None:
        if self._process.poll() is None:
            self.terminate()
            try:
                self.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
