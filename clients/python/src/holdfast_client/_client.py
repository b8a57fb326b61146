"""What both clients share: the connection, its settings and its end."""

from __future__ import annotations

import ssl
import time
from types import TracebackType
from typing import Optional, Type, TypeVar, Union

from google.protobuf.message import Message

from ._caller import Caller
from ._convert import from_message
from ._dial import TLS, Endpoint
from .admin_types import Hello

C = TypeVar("C", bound="BaseClient")
T = TypeVar("T")


class BaseClient:
    """A client of one port: one TLS connection, any number of threads.

    Make one, share it, close it; it connects with the first call and again whenever that is needed. Make it after a
    `fork`, not before. All times are seconds, unless a name ends in `_ms`.

    `endpoint`         `host:port`, `[v6]:port` or just a host.
    `tls`              the files of a `TLS`, or an `ssl.SSLContext` of your own (with TLS 1.3 and ALPN `holdfast/1`).
    `server_name`      the name to look for in the server's certificate, when it is not the endpoint's host.
    `timeout`          the deadline of a call that names none; it spans all attempts.
    `connect_timeout`  what a connection may take, from the look-up of the name to the server's HELLO.
    `silence_timeout`  a connection that owes an answer and says nothing at all for so long is taken for lost.
    `locale`           the language for the server's localized texts, as a BCP 47 tag.
    """

    _default_port = 0

    def __init__(
        self,
        endpoint: str,
        *,
        tls: Union[TLS, ssl.SSLContext],
        server_name: Optional[str] = None,
        timeout: float = 1.0,
        connect_timeout: float = 0.8,
        silence_timeout: float = 0.5,
        locale: str = "",
    ) -> None:
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._caller = Caller(
            Endpoint.parse(endpoint, self._default_port),
            tls,
            server_name=server_name,
            timeout=timeout,
            connect_timeout=connect_timeout,
            silence_timeout=silence_timeout,
            locale=locale,
        )

    def connect(self) -> Hello:
        """Connects now, so that a wrong setting shows before the first call. Returns what the server says of itself.

        Raises `ConnectError`, which names the phase that failed and says what to do, within `connect_timeout`.
        """
        # A little more than the dial itself takes, so that its own words arrive rather than ours.
        connection = self._caller.connect(time.monotonic() + self._connect_timeout + 0.1)
        return from_message(Hello, connection.hello)

    def close(self, timeout: float = 1.0) -> None:
        """Closes. Calls in flight on other threads get so long to finish; new ones raise `ClosedError`."""
        self._caller.close(timeout)

    @property
    def endpoint(self) -> str:
        """`host:port` of the server."""
        return str(self._caller.endpoint)

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _call(
        self,
        method: int,
        name: str,
        request: Message,
        response: Type[Message],
        answer: Type[T],
        timeout: Optional[float],
        traceparent: str,
        request_id: Optional[bytes] = None,
        patience: float = 0.0,
    ) -> T:
        message = self._caller.call(
            method,
            name,
            request,
            response,
            timeout=timeout,
            traceparent=traceparent,
            request_id=request_id,
            patience=patience,
        )
        return from_message(answer, message)
