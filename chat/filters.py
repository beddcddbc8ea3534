"""What lists of chats can be narrowed by."""

from __future__ import annotations

import django_filters

from helpdesk.lib.filters import AnyOf, Key, Since, Until

from .models import Chat


class ChatFilter(django_filters.FilterSet):  # type: ignore[misc]
    ticket = Key(field_name="ticket__number", help_text="The ticket with this number.")
    state = AnyOf(choices=Chat.State.choices)
    end_reason = AnyOf(choices=Chat.EndReason.choices)
    department = Key(help_text="A department's id; `none`: chats without one.")
    agent = Key(help_text="An agent's id; `none`: chats that nobody has.")
    requested_at_after = Since(field_name="requested_at")
    requested_at_before = Until(field_name="requested_at")
