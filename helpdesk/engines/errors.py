"""The one exception of the engines."""

from __future__ import annotations


class EnginesError(SystemExit):
    """One line that says what is wrong and what to do; uncaught, it ends the process with exit code 1."""
