"""Twenty known tickets, told through the verbs, for figures that can be worked out by hand.

Ticket i (1 to 20) is opened i minutes after `DAY`. 1 to 16 get a first reply after 10·i seconds. 1 to 10 are solved
after i hours, of which 1 to 8 are rated good and 9 and 10 bad. Ticket 1 has two replies; ticket 2 was woken once.
1 to 8 came by mail, 9 to 14 by chat, 15 to 20 through the portal. Ana answers the odd ones, Bruno the even ones.
"""

from __future__ import annotations

import datetime as dt

from helpdesk.realtime.emit import quiet
from tests.cast import Cast, open_ticket
from tickets import services
from tickets.models import Ticket

DAY = dt.datetime(2026, 10, 20, 8, tzinfo=dt.UTC)
SPAN = {"from": "2026-10-20T00:00:00Z", "to": "2026-10-21T00:00:00Z"}


def after(moment: dt.datetime, **span: float) -> dt.datetime:
    return moment + dt.timedelta(**span)


def twenty_tickets(cast: Cast) -> list[Ticket]:
    with quiet():
        return [_ticket(cast, i) for i in range(1, 21)]


def _ticket(cast: Cast, i: int) -> Ticket:
    opened, agent = after(DAY, minutes=i), cast.ana if i % 2 else cast.bruno
    channel = "email" if i <= 8 else "chat" if i <= 14 else "portal"
    ticket = open_ticket(cast, channel=channel, at=opened)
    if i <= 16:
        services.reply(actor=agent, ticket=ticket, text="Hello.", at=after(opened, seconds=10 * i))
    if i == 1:
        services.reply(actor=agent, ticket=ticket, text="And one more thing.", at=after(opened, minutes=30))
    if i == 2:
        services.set_status(actor=agent, ticket=ticket, status="solved", at=after(opened, hours=1))
        services.customer_message(actor=cast.lucia, ticket=ticket, text="No.", at=after(opened, minutes=90))
    if i <= 10:
        services.set_status(actor=agent, ticket=ticket, status="solved", at=after(opened, hours=i))
        score = "good" if i <= 8 else "bad"
        services.rate(actor=cast.lucia, ticket=ticket, score=score, at=after(opened, hours=i, minutes=1))
    ticket.refresh_from_db()
    return ticket
