"""Certificates for every test, made once a run with the openssl program."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from holdfast_client import TLS, StockClient
from scripted_server import ScriptedServer


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self.ca = self._pair("ca", "-x509", "-days", "2", "-addext", "keyUsage=critical,keyCertSign")[0]

    def issue(self, name: str, san: str, usage: str, *, days: str = "2") -> "tuple[str, str]":
        """A certificate and its key, signed by this authority; negative `days` make one that has expired."""
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={san}\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        request, key = self._pair(name)
        certificate = self.directory / f"{name}.pem"
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", str(self.directory / "ca.key"),
            "-CAcreateserial", "-days", days, "-extfile", str(extensions), "-out", str(certificate),
        )  # fmt: skip
        return str(certificate), key

    def _pair(self, name: str, *more: str) -> "tuple[str, str]":
        out, key = str(self.directory / f"{name}.out.pem"), str(self.directory / f"{name}.key")
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", f"/CN={name}",
            "-keyout", key, "-out", out, *more,
        )  # fmt: skip
        return out, key


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certs") / "ca")


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certs") / "other")


@pytest.fixture(scope="session")
def server_identity(authority: Authority) -> "tuple[str, str]":
    return authority.issue("server", "DNS:localhost,IP:127.0.0.1", "serverAuth")


@pytest.fixture(scope="session")
def tls(authority: Authority) -> TLS:
    certificate, key = authority.issue("gateway", "URI:spiffe://test/gateway/one", "clientAuth")
    return TLS(ca_file=authority.ca, cert_file=certificate, key_file=key)


@pytest.fixture
def serve(authority: Authority, server_identity: "tuple[str, str]") -> Iterator[Callable[..., ScriptedServer]]:
    """Starts a server whose connections run the given scripts, one each in order; the last one repeats."""
    started: List[ScriptedServer] = []

    def start(*scripts: Callable, **settings: object) -> ScriptedServer:
        certificate, key = settings.pop("identity", None) or server_identity  # type: ignore[misc]
        made = ScriptedServer(scripts, certificate, key, authority.ca, **settings)  # type: ignore[arg-type]
        started.append(made)
        return made

    yield start
    problems = [problem for server in started for problem in server.stop()]
    assert not problems, problems


@pytest.fixture
def connect(tls: TLS) -> Iterator[Callable[..., StockClient]]:
    """Makes clients that are closed after the test."""
    made: List[StockClient] = []

    def start(server: ScriptedServer, **settings: object) -> StockClient:
        settings.setdefault("tls", tls)
        made.append(StockClient(server.endpoint, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for client in made:
        client.close(0)
