"""A body over the limit is cut off while it arrives, before it fills the memory; the connection is told why."""

from __future__ import annotations

import pytest
from daphne.http_protocol import HTTPFactory
from twisted.internet.testing import StringTransport

from helpdesk.engines import bodies

MOST = 1000


class Server:
    """As much of Daphne's server as a request asks for before its body is in."""

    def protocol_connected(self, request: object) -> None: ...

    def protocol_disconnected(self, request: object) -> None: ...


@pytest.mark.parametrize("head", [b"Content-Length: 5000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_over_the_limit_is_cut_off(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    monkeypatch.setattr("daphne.http_protocol.WebRequest", bodies.bounded(MOST))
    protocol, line = HTTPFactory(Server()).buildProtocol(None), StringTransport()
    protocol.makeConnection(line)
    protocol.dataReceived(b"POST /widget/session/ HTTP/1.1\r\nHost: localhost\r\n" + head)
    for _piece in range(4):
        protocol.dataReceived(b"1f4\r\n" + b"x" * 500 + b"\r\n")
    assert line.value().startswith(b"HTTP/1.1 413 ")
    assert line.value().count(b"HTTP/1.1") == 1
    assert line.disconnecting
