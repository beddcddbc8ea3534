"""The two sockets. Each: parse a frame → run a verb on a thread → answer."""
