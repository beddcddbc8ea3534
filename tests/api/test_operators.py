"""The token command and the numbers for monitoring."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from helpdesk.people.models import ApiToken
from tests.cast import Cast, open_ticket

from .client import Api


def test_the_command_prints_a_token_that_works_and_nothing_else(cast: Cast) -> None:
    out = StringIO()
    call_command("create_api_token", cast.ana.email.upper(), "--scope", "read", "--scope", "write", stdout=out)
    token = out.getvalue().removesuffix("\n")
    assert token.startswith("hd_")
    assert "\n" not in token
    assert Api(None, Authorization=f"Bearer {token}").get("/tickets/").status_code == 200
    assert not ApiToken.objects.filter(token_hash=token).exists()


@pytest.mark.parametrize("arguments", [["--scope", "admin"], [], ["--scope", "read", "--days", "0"]])
def test_the_command_refuses(cast: Cast, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_token", cast.ana.email, *arguments)
    with pytest.raises(CommandError):
        call_command("create_api_token", "nobody@desk.example", "--scope", "read")
    assert not ApiToken.objects.filter(user=cast.ana).exists()


def test_metrics_count_rows(stranger: Api, cast: Cast) -> None:
    def value(line: str) -> float:
        text = stranger.get("/metrics").content.decode()
        return float(next(row for row in text.splitlines() if row.startswith(line)).rpartition(" ")[2])

    before = value('helpdesk_tickets{status="new"}')
    open_ticket(cast)
    assert value('helpdesk_tickets{status="new"}') == before + 1
    for line in ('chats{state="waiting"}', 'outbox_mails{state="pending"}', "sla_steps_overdue"):
        assert value(f"helpdesk_{line}") >= 0


def test_counting_mails_does_not_read_those_that_left(cast: Cast) -> None:
    from django.db import connection, transaction

    from helpdesk.api.metrics import outbox_by_state
    from helpdesk.outbox.models import OutboxMail
    from tickets.services.outgoing import queue_acknowledgement

    queue_acknowledgement(ticket=open_ticket(cast), recipient=cast.lucia.email)
    assert outbox_by_state() == {"pending": 1, "failed": 0}
    rows = OutboxMail.objects.exclude(state=OutboxMail.State.SENT).order_by().values_list("state")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows would be read as they lie
        assert "outbox_unsent" in rows.explain()
