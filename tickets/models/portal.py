from __future__ import annotations

from django.db import models


class PortalLink(models.Model):
    """A link that lets the reader of `email` into the portal: one use, short-lived, hashed at rest."""

    email = models.EmailField(max_length=254, db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.email
