"""What an event of the timeline says, in words for colleagues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ..models import Event, Metric, Ticket

# Why somebody hands a ticket over. The key is stored; the API may store words of its own.
REASONS: dict[str, Any] = {
    "knowledge": gettext_lazy("Needs special knowledge"),
    "rights": gettext_lazy("Needs rights that I do not have"),
    "time": gettext_lazy("The deadline is near"),
    "customer": gettext_lazy("The customer asks for it"),
    "complaint": gettext_lazy("Complaint"),
    "defect": gettext_lazy("Looks like a defect"),
    "other": gettext_lazy("Another reason"),
}
FIELDS = {
    "subject": gettext_lazy("subject"),
    "tags": gettext_lazy("tags"),
    "language": gettext_lazy("language"),
    "department": gettext_lazy("department"),
    "custom_fields": gettext_lazy("fields"),
}
Data = dict[str, Any]


def _choice(choices: list[tuple[str, Any]], value: object) -> str:
    return str(dict(choices).get(str(value), value or ""))


def _reason(data: Data) -> str:
    reason = str(data.get("reason") or "")
    if reason.startswith("deadline_missed:"):
        return _("Deadline missed: %(metric)s") % {"metric": _choice(Metric.choices, reason.partition(":")[2])}
    return str(REASONS.get(reason, reason))


def _metric(data: Data) -> str:
    return _choice(Metric.choices, data.get("metric"))


def _assigned(data: Data) -> str:
    if data.get("reason") == "first_reply":
        return _("Taken with the first reply")
    if data.get("reason") == "chat_accepted":
        return _("Taken with the chat")
    if not data.get("to_name"):
        return _("Given back: nobody has it")
    return _("Assigned to %(name)s") % {"name": data["to_name"]}


def _transferred(data: Data) -> str:
    return _("Transferred to %(name)s: %(reason)s") % {"name": data.get("to_name", ""), "reason": _reason(data)}


def _escalated(data: Data) -> str:
    words = {"from": data.get("from"), "to": data.get("to"), "reason": _reason(data)}
    return _("Escalated from tier %(from)s to tier %(to)s: %(reason)s") % words


def _status(data: Data) -> str:
    choices = Ticket.Status.choices
    words = {"old": _choice(choices, data.get("from")), "new": _choice(choices, data.get("to"))}
    return _("Status: %(old)s → %(new)s") % words


def _priority(data: Data) -> str:
    choices = Ticket.Priority.choices
    words = {"old": _choice(choices, data.get("from")), "new": _choice(choices, data.get("to"))}
    return _("Priority: %(old)s → %(new)s") % words


def _field(data: Data) -> str:
    name, new = str(data.get("field", "")), data.get("to")
    label = FIELDS.get(name, name)
    if name == "subject":
        return _("New subject: %(subject)s") % {"subject": new}
    if isinstance(new, list) and new:
        return _("Changed %(field)s: %(value)s") % {"field": label, "value": ", ".join(map(str, new))}
    return _("Changed %(field)s") % {"field": label}


def _merged(data: Data) -> str:
    if "into" in data:
        return _("Merged into #%(number)s") % {"number": data["into"]}
    return _("#%(number)s was merged into this one") % {"number": data.get("from", "")}


def _applied(data: Data) -> str:
    return _("Promises: %(name)s") % {"name": data["name"]} if data.get("name") else _("No promises apply")


def _opened(data: Data) -> str:
    return _("Opened by %(channel)s") % {"channel": _choice(Ticket.Channel.choices, data.get("channel")).lower()}


def _rated(data: Data) -> str:
    good = data.get("score") == "good"
    words = pgettext("rating", "Good") if good else pgettext("rating", "Bad")
    comment = str(data.get("comment") or "")
    return _("Rated: %(score)s") % {"score": words} + (f" · “{comment}”" if comment else "")


def _participant(data: Data) -> str:
    words = {"email": data.get("email", "")}
    if data.get("to") == "pending":
        return _("%(email)s has written and would take part; they see nothing until you agree") % words
    return _("%(email)s takes part") % words if data.get("to") == "active" else _("%(email)s was removed") % words


def _held(data: Data) -> str:
    words = {
        "no_single_sender": _("it does not say plainly who sent it"),
        "authentication_failed": _("the sender's domain does not confirm it"),
        "verification_code": _("it carries a code or a link that another service sent"),
    }
    return _("Held, nobody is mailed: %(reason)s (from %(sender)s)") % {
        "reason": words.get(str(data.get("reason")), data.get("reason", "")),
        "sender": data.get("from", ""),
    }


_WORDS: dict[str, Callable[[Data], str]] = {
    "opened": _opened,
    "assigned": _assigned,
    "transferred": _transferred,
    "escalated": _escalated,
    "status_changed": _status,
    "priority_changed": _priority,
    "field_changed": _field,
    "merged": _merged,
    "rated": _rated,
    "participant_changed": _participant,
    "mail_held": _held,
    "mail_failed": lambda d: _("Not delivered to %(to)s: %(error)s") % {"to": d.get("to"), "error": d.get("error")},
    "mail_suppressed": lambda d: _("An automatic mail of %(sender)s was put aside") % {"sender": d.get("from", "")},
    "sla_applied": _applied,
    "sla_warned": lambda d: _("Deadline near: %(metric)s") % {"metric": _metric(d)},
    "sla_breached": lambda d: _("Deadline missed: %(metric)s") % {"metric": _metric(d)},
    "sla_met": lambda d: _("Deadline met: %(metric)s") % {"metric": _metric(d)},
    "sla_reminded": lambda d: _("Still missed: %(metric)s") % {"metric": _metric(d)},
}


def words_of(event: Event) -> str:
    """One line about `event`; its kind's name when there is nothing more to say."""
    said = _WORDS.get(event.kind)
    return said(event.data) if said else str(event.get_kind_display())
