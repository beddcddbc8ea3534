"""What colleagues choose for themselves."""

from __future__ import annotations

import zoneinfo

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid

from ..actors import require_staff
from ..models import LANGUAGES, User


def change_preferences(*, actor: User, **chosen: str) -> User:
    """Set `language`, `theme` or `time_zone` (an IANA name) of the actor's own account; Invalid for other values."""
    require_staff(actor)
    allowed = {
        "language": {code for code, _name in LANGUAGES},
        "theme": set(User.Theme.values),
        "time_zone": zoneinfo.available_timezones(),
    }
    for field, value in chosen.items():
        if value not in allowed.get(field, set()):
            raise Invalid(field, _("Unknown value."))
        setattr(actor, field, value)
    if chosen:
        actor.save(update_fields=[*chosen, "updated_at"])
    return actor
