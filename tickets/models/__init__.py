from .mail import InboundMail, Mailbox, ReplyAddress
from .notification import Notification
from .portal import PortalLink
from .sla import Metric, SlaClock, SlaLedgerEntry, SlaPolicy, SlaPolicyVersion, SlaStep
from .ticket import Participant, Rating, Ticket, TicketQuerySet
from .timeline import Attachment, Event, Message, Note

__all__ = [
    "Attachment",
    "Event",
    "InboundMail",
    "Mailbox",
    "Message",
    "Metric",
    "Note",
    "Notification",
    "Participant",
    "PortalLink",
    "Rating",
    "ReplyAddress",
    "SlaClock",
    "SlaLedgerEntry",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaStep",
    "Ticket",
    "TicketQuerySet",
]
