"""What the web server takes in at most. Daphne holds a request's whole body in memory before any view can refuse it."""

from __future__ import annotations

from typing import Any

from daphne import http_protocol
from daphne.http_protocol import WebRequest

from helpdesk.lib import env

_ANSWER = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain\r\nContent-Length: 19\r\nConnection: close\r\n\r\n"
    b"That is too much.\r\n"
)


def bounded(most: int) -> type[WebRequest]:
    """Daphne's request, hanging up (413) on bodies over `most` bytes, announced or not."""

    class BoundedRequest(WebRequest):  # type: ignore[misc]
        taken = 0

        def gotLength(self, length: int | None) -> None:
            super().gotLength(length)
            if length is not None and length > most:
                self._hang_up()

        def handleContentChunk(self, data: bytes) -> None:
            self.taken += len(data)
            if self.taken > most:
                self._hang_up()
            else:
                super().handleContentChunk(data)

        def process(self) -> Any:
            return None if self.taken > most else super().process()

        def _hang_up(self) -> None:
            if self.taken <= most:
                self.taken = most + 1  # once; what is on its way already goes nowhere
            channel: Any = self.channel
            if not channel.transport.disconnecting:
                channel.transport.write(_ANSWER)
                channel.loseConnection()

    return BoundedRequest


def bound_bodies() -> None:
    """From here on, in this process: three of the largest files that are taken, with some room for words."""
    most = (3 * env.integer("MAX_UPLOAD_MB", 20, low=1, high=200) + 4) * 1024 * 1024
    http_protocol.WebRequest = bounded(most)
