"""Reading the environment so that a wrong value stops the start with one clear line."""

from __future__ import annotations

import os


class BadEnvironment(SystemExit):
    """Raised with one line that names the variable and what it takes."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool = False) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise BadEnvironment(f"{name} must be 1 or 0, not {raw!r}.")


def integer(name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise BadEnvironment(f"{name} must be a whole number, not {raw!r}.") from None
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadEnvironment(f"{name} must be between {low} and {high}, not {value}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [w.strip() for w in text(name, default).split(",") if w.strip()]
