"""How tickets wake the apps above (chat, reports): they connect in `ready()`. The only use of signals."""

from __future__ import annotations

from django.dispatch import Signal

# In the transaction of the verb, under the ticket's lock. ticket: Ticket, message: Message, attachments: list.
message_added = Signal()
# A question: is the customer of `ticket` reading along right now? Receivers answer bool, and may ask Valkey: it is
# sent before the transaction and its locks.
delivers_live = Signal()
# In the transaction. ticket: Ticket, event: Event (assigned, transferred, escalated).
handed_over = Signal()
# In the transaction. ticket: Ticket, old: str, new: str.
status_changed = Signal()
# In the transaction. customer: Customer, whose words and names are being forgotten everywhere.
customer_erased = Signal()
