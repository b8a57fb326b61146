"""From a host name to a TLS session, one named phase after the other, never past a deadline.

Every failure is a `ConnectError` that names the phase (`dns`, `tcp`, `tls`, `alpn`) and says what to do.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Callable, List, NamedTuple, Optional, Tuple

from .errors import ConnectError

ALPN = "holdfast/1"


class Endpoint(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str, default_port: int) -> "Endpoint":
        """`host`, `host:port`, `[v6]` or `[v6]:port`."""
        host, port = text.strip(), str(default_port)
        if host.startswith("["):
            host, bracket, rest = host[1:].partition("]")
            if not bracket or (rest and not rest.startswith(":")):
                raise ValueError(f"{text!r} is no endpoint: write [address]:port")
            port = rest[1:] or port
        elif host.count(":") == 1:
            host, _, port = host.partition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r} is no endpoint: write host:port with a port of 1 to 65535")
        return cls(host, int(port))


@dataclass(frozen=True)
class TLS:
    """The files of a connection's identity, all PEM.

    `ca_file`                signs the server's certificate.
    `cert_file`, `key_file`  the caller's own, which a server asks for unless it was told otherwise.
    `server_name`            the name to look for in the server's certificate, when it is not the endpoint's host.
    """

    ca_file: str
    cert_file: Optional[str] = None
    key_file: Optional[str] = None
    server_name: Optional[str] = None

    def context(self) -> ssl.SSLContext:
        """An `ssl.SSLContext` with these files: TLS 1.3, our ALPN, the server verified."""
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file belong together: give both or neither")
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(self, name)
            if path is not None:
                with open(path, "rb"):  # A missing file is named by the error of its own open.
                    pass
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.set_alpn_protocols([ALPN])
        try:
            made.load_verify_locations(cafile=self.ca_file)
        except ssl.SSLError as error:
            raise ValueError(f"ca_file {self.ca_file} holds no PEM certificate ({error.reason})") from error
        if self.cert_file and self.key_file:
            try:
                made.load_cert_chain(self.cert_file, self.key_file)
            except ssl.SSLError as error:
                raise ValueError(
                    f"cert_file {self.cert_file} and key_file {self.key_file} cannot be used together "
                    f"({error.reason})"
                ) from error
        return made


class Session(NamedTuple):
    """A connected socket and its TLS state, which talk through the two memory buffers."""

    socket: socket.socket
    tls: ssl.SSLObject
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO


def dial(
    endpoint: Endpoint,
    context: ssl.SSLContext,
    server_name: str,
    deadline: float,
    enter: Callable[[str], None],
) -> Session:
    """Connects, shakes hands and checks the protocol. The socket is returned in non-blocking mode."""
    enter("dns")
    addresses = _resolve(endpoint, deadline)
    enter("tcp")
    connected = _connect(endpoint, addresses, deadline)
    try:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = Session(
            connected, context.wrap_bio(incoming, outgoing, server_hostname=server_name), incoming, outgoing
        )
        enter("tls")
        _shake_hands(endpoint, session, deadline)
        enter("alpn")
        chosen = session.tls.selected_alpn_protocol()
        if chosen != ALPN:
            raise ConnectError(
                f"the peer speaks TLS but did not choose {ALPN!r}",
                phase="alpn",
                hint="Is this a Holdfast port? By default 7443 takes stock calls and 7444 admin calls",
                endpoint=str(endpoint),
            )
        connected.setblocking(False)
        return session
    except BaseException:
        connected.close()
        raise


def remaining(deadline: float) -> float:
    """Seconds left, never so few that a socket would take them for 'do not wait'."""
    return max(deadline - time.monotonic(), 0.001)


def _resolve(endpoint: Endpoint, deadline: float) -> List[Tuple[socket.AddressFamily, Tuple[str, int]]]:
    try:
        literal = ipaddress.ip_address(endpoint.host)
    except ValueError:
        pass
    else:
        family = socket.AF_INET6 if literal.version == 6 else socket.AF_INET
        return [(family, (endpoint.host, endpoint.port))]

    # The resolver cannot be told to hurry, so it works on a thread of its own that may be left behind.
    answers: List[object] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            answers.append(socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM))
        except Exception as error:
            answers.append(error)
        done.set()

    threading.Thread(target=look_up, name="holdfast-dns", daemon=True).start()
    if not done.wait(remaining(deadline)):
        raise ConnectError(
            f"looking up {endpoint.host!r} took too long",
            phase="dns",
            hint="Check the resolver, or give an IP address",
            endpoint=str(endpoint),
        )
    if isinstance(answers[0], Exception):
        raise ConnectError(
            f"{endpoint.host!r} does not resolve ({answers[0]})",
            phase="dns",
            hint="Check the host name",
            endpoint=str(endpoint),
        ) from answers[0]
    return [(family, address[:2]) for family, _, _, _, address in answers[0]]  # type: ignore[attr-defined]


def _connect(endpoint: Endpoint, addresses: list, deadline: float) -> socket.socket:
    failure: Optional[OSError] = None
    for index, (family, address) in enumerate(addresses):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        try:
            candidate.settimeout(remaining(deadline) / (len(addresses) - index))
            candidate.connect(address)
            candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return candidate
        except OSError as error:
            candidate.close()
            failure = error
    if isinstance(failure, ConnectionRefusedError):
        what = "nobody listens there"
        hint = f"Is the server running, and is {endpoint.port} its port?"
    elif isinstance(failure, socket.timeout):
        what = "no answer in time"
        hint = "Check the address and whether a firewall drops the packets"
    else:
        what = str(failure)
        hint = "Check the address and the network"
    raise ConnectError(what, phase="tcp", hint=hint, endpoint=str(endpoint)) from failure


def _shake_hands(endpoint: Endpoint, session: Session, deadline: float) -> None:
    try:
        while True:
            try:
                session.tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            session.socket.settimeout(remaining(deadline))
            if session.outgoing.pending:
                session.socket.sendall(session.outgoing.read())
            if done:
                return
            data = session.socket.recv(65536)
            if data:
                session.incoming.write(data)
            else:
                session.incoming.write_eof()
            if time.monotonic() > deadline:
                raise socket.timeout("the handshake goes on for ever")
    except ssl.SSLError as error:
        _send_alert(session)
        raise tls_error(error, endpoint) from error
    except socket.timeout as error:
        raise ConnectError(
            "the peer took the connection but did not finish the handshake in time",
            phase="tls",
            hint="Does a TLS server listen there, and is it overloaded or stopped?",
            endpoint=str(endpoint),
        ) from error
    except OSError as error:
        raise ConnectError(
            f"the peer cut the connection during the handshake ({error})",
            phase="tls",
            hint="Does a TLS server listen there? Its log says why it refused",
            endpoint=str(endpoint),
        ) from error


def _send_alert(session: Session) -> None:
    """Lets the peer read in its log why we left."""
    try:
        if session.outgoing.pending:
            session.socket.sendall(session.outgoing.read())
    except OSError:
        pass  # The handshake's own error is the one to report.


#: OpenSSL's reason -> what to do. The first that the reason contains applies.
_HINTS = (
    ("NO_APPLICATION_PROTOCOL", "Is this a Holdfast port? By default 7443 takes stock calls and 7444 admin calls"),
    ("CERTIFICATE_REQUIRED", "The server wants a client certificate: give cert_file and key_file"),
    ("HANDSHAKE_FAILURE", "The server may want a client certificate: give cert_file and key_file"),
    ("ALERT_UNKNOWN_CA", "The server does not trust the CA of cert_file"),
    ("ALERT_CERTIFICATE_EXPIRED", "The client certificate in cert_file has expired: make a new one"),
    ("ALERT_BAD_CERTIFICATE", "The server does not accept the client certificate in cert_file"),
    ("ALERT_CERTIFICATE_UNKNOWN", "The server does not accept the client certificate in cert_file"),
    ("ALERT_UNSUPPORTED_CERTIFICATE", "The server does not accept the client certificate in cert_file"),
    ("ALERT_ACCESS_DENIED", "The server does not know the caller that cert_file names"),
    ("WRONG_VERSION_NUMBER", "The peer does not speak TLS: is this the right port?"),
    ("RECORD_LAYER_FAILURE", "The peer does not speak TLS: is this the right port?"),
    ("PROTOCOL_VERSION", "The peer does not speak TLS 1.3: is this the right port?"),
    ("UNSUPPORTED_PROTOCOL", "The peer does not speak TLS 1.3: is this the right port?"),
)


def tls_error(error: ssl.SSLError, endpoint: Endpoint) -> ConnectError:
    """What OpenSSL says, in the words of someone who has to mend it."""
    reason = error.reason or ""
    phase = "alpn" if "NO_APPLICATION_PROTOCOL" in reason else "tls"
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"the server's certificate is not accepted: {error.verify_message}"
        if "expired" in error.verify_message:
            hint = "The server needs a new certificate"
        elif "not yet valid" in error.verify_message:
            hint = "Check the clocks of both machines"
        elif "match" in error.verify_message:
            hint = "Connect by a name that is in the certificate, or give server_name"
        else:
            hint = "ca_file must be the CA that signed the server's certificate"
    elif isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        what = "the peer closed the connection during the handshake"
        hint = "Does a Holdfast server listen there? Its log says why it refused"
    else:
        what = reason.replace("_", " ").lower() or str(error)
        hint = next((hint for part, hint in _HINTS if part in reason), "The server's log may say more")
    return ConnectError(what, phase=phase, hint=hint, endpoint=str(endpoint))
