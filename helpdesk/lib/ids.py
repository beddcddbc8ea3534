"""Identifiers and secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid


def new_token(prefix: str) -> str:
    """A secret with 256 random bits, recognisable by its prefix ("hd_…"); show it once, store its hash."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> str:
    """SHA-256 in hex. Enough for random 256-bit tokens: there is no dictionary to try."""
    return hashlib.sha256(token.encode()).hexdigest()


def derive_secret(key: str, *parts: object) -> str:
    """26 characters of [a-z2-7] (130 bits) that only the holder of `key` can compute from `parts`.

    Lower-case base32: it survives mail systems that fold case.
    """
    message = "\x1f".join(str(p) for p in parts).encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def parse_uuid(value: object) -> uuid.UUID | None:
    """The UUID in `value`, or None: ids from outside may be anything."""
    try:
        return uuid.UUID(str(value))
    except (ValueError, AttributeError):
        return None
