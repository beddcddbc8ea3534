"""Bytes from outside: stored under a random key, never served from a public address."""

from __future__ import annotations

import uuid

from django.db import models


class StoredFile(models.Model):
    """One blob on disk (`FILES_ROOT/<key>`). Who may read it is decided by what it hangs on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=80, unique=True)
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.filename
