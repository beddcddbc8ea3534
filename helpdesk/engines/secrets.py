"""Secrets of one data directory, made on first use and kept in `secrets.json` (mode 600)."""

from __future__ import annotations

import secrets as random_source
from pathlib import Path

from helpdesk.engines.files import read_json, write_json

_LENGTHS = {
    "SECRET_KEY": 48,
    "WIDGET_KEY": 16,
    "POSTGRES_PASSWORD": 24,
    "VALKEY_PASSWORD": 24,
}  # bytes of entropy


def load(data_dir: Path) -> dict[str, str]:
    """`SECRET_KEY WIDGET_KEY POSTGRES_PASSWORD VALKEY_PASSWORD`: URL-safe text, the same at every call."""
    path = data_dir / "secrets.json"
    known = read_json(path)
    if known is None:
        fresh = {name: random_source.token_urlsafe(length) for name, length in _LENGTHS.items()}
        if write_json(path, fresh, exclusive=True):
            return fresh
        known = read_json(path) or {}  # another process was first: its secrets count
    missing = {name: random_source.token_urlsafe(n) for name, n in _LENGTHS.items() if name not in known}
    if missing:
        known = {**known, **missing}
        write_json(path, known)
    return {name: str(value) for name, value in known.items()}
