"""How calendars wake the apps above: receivers connect in `ready()`."""

from __future__ import annotations

from django.dispatch import Signal

# After commit, with `calendar_id: int`: the hours of a calendar changed, so deadlines that rest on it must be
# worked out again. Not sent for a mere change of name.
calendar_changed = Signal()
