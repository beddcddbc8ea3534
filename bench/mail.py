"""Mail in (stored, parsed in a child, filed) and mail out (outbox to an SMTP server)."""

from __future__ import annotations

from .sink import Sink
from .stack import running_stack, wait_for
from .table import Row

IN, OUT = 200, 200


def rows() -> list[Row]:
    sink = Sink().start()
    try:
        with running_stack(EMAIL_URL=sink.url) as stack:
            received = stack.script("bench.seed", "mail_in", str(IN))
            # Acknowledgements are out before the answers are counted.
            wait_for(lambda: stack.script("bench.seed", "outbox") == 0, 60, "an empty outbox")
            before = len(sink.mails)
            stack.script("bench.seed", "mail_out", str(OUT))
            wait_for(lambda: len(sink.mails) >= before + OUT, 90, "all mails at the SMTP server")
            arrived = sink.times[before : before + OUT]
            stack.script("bench.seed", "outbox")
            doubled = len(sink.mails) - before - OUT
    finally:
        sink.stop()
    return [
        Row("mail", "in: received and filed", f"{IN / received['seconds']:.0f}", "mails/s"),
        Row("mail", "out: outbox to SMTP server", f"{(OUT - 1) / (arrived[-1] - arrived[0]):.0f}", "mails/s"),
        Row("mail", "mails doubled", str(doubled), "", "", "0", doubled == 0),
    ]
