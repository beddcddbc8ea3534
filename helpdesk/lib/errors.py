"""The one way in which a rule says no."""

from __future__ import annotations


class RuleViolation(Exception):
    """A request that a rule refuses; nothing has happened.

    `code` is stable and for machines (snake_case); `message` is for the person, already translated.
    `field` names the input at fault when there is one. `status` is the HTTP status that fits best:
    409 for a state that does not allow it, 400 for an unusable value, 403 for a missing right,
    429 for a limit. `helpdesk.web.errors` turns it into a form error, a toast or a problem document.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, status: int = 409) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = str(message)
        self.field = field
        self.status = status

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Forbidden(RuleViolation):
    """A colleague who may know of it, but may not do it (HTTP 403)."""

    def __init__(self, message: str, *, code: str = "forbidden") -> None:
        super().__init__(code, message, status=403)


class Invalid(RuleViolation):
    """A value that cannot be used (HTTP 400); `field` says which."""

    def __init__(self, field: str, message: str, *, code: str = "invalid") -> None:
        super().__init__(code, message, field=field, status=400)
