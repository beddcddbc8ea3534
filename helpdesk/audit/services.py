"""Writing the audit trail; called by services inside their own transaction."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from .models import AuditEntry


def record(
    *,
    actor: object,
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Store that `actor` did `action` to `target`.

    `before` and `after` are JSON-ready values; keys that are equal in both are dropped.
    """
    old, new = before or {}, after or {}
    changed = {k for k in old.keys() | new.keys() if old.get(k) != new.get(k)}
    return AuditEntry.objects.create(
        action=action,
        target=f"{target._meta.label_lower}:{target.pk}",
        label=str(target)[:200],
        before={k: v for k, v in old.items() if k in changed},
        after={k: v for k, v in new.items() if k in changed},
        user_id=actor.pk if isinstance(actor, AbstractBaseUser) else None,
        actor_name=str(getattr(actor, "name", actor))[:200],
    )
