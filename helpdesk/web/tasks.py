"""Keeping house: rows that have served their purpose go."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from .models import IdempotencyKey

KEEP_IDEMPOTENCY = dt.timedelta(days=3)  # a client that repeats a request does so within hours


@shared_task
def tidy() -> int:
    """Delete old idempotency keys and expired sessions. Returns how many rows went. Safe to repeat."""
    now = timezone.now()
    keys, _kinds = IdempotencyKey.objects.filter(created_at__lt=now - KEEP_IDEMPOTENCY).delete()
    sessions, _kinds = Session.objects.filter(expire_date__lt=now).delete()
    return keys + sessions
