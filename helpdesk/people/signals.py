"""How departments wake the apps above: receivers connect in `ready()`."""

from __future__ import annotations

from django.dispatch import Signal

# After commit, with `department_id: int`: the department has another calendar, so deadlines in its hours must be
# worked out again.
department_calendar_changed = Signal()
