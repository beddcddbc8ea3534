"""What colleagues do to a ticket: one address per verb, all answered the same way."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from helpdesk.files import services as files
from helpdesk.files.models import StoredFile
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.ids import parse_uuid
from helpdesk.people.access import agents_for, by_key, departments_for
from helpdesk.people.models import Department, User
from helpdesk.web.console import colleague, is_fragment

from ... import services
from ...access import get_ticket_for
from ...models import Ticket
from .inbox import changed, whole

MAX_FILES = 10
Verb = Callable[[HttpRequest, User, Ticket], object]


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")


def _uid(request: HttpRequest) -> uuid.UUID | None:
    """The id that the browser gave the message, so that a resend stores one."""
    given = _text(request, "message_id")
    found = parse_uuid(given) if given else None
    if given and found is None:
        raise Invalid("message_id", _("This id cannot be used."))
    return found


def _agent(request: HttpRequest, actor: User) -> User | None:
    key = _text(request, "assignee")
    return _known("assignee", lambda: by_key(agents_for(actor), key)) if key else None


def _department(request: HttpRequest, actor: User) -> Department | None:
    key = _text(request, "department")
    return _known("department", lambda: by_key(departments_for(actor), key)) if key else None


def _known(field: str, fetch: Callable[[], Any]) -> Any:
    try:
        return fetch()
    except Http404:
        raise Invalid(field, _("Choose one of the list.")) from None


def _stored(request: HttpRequest) -> list[StoredFile]:
    given = request.FILES.getlist("files")
    if len(given) > MAX_FILES:
        raise RuleViolation("too_many_files", _("At most %(n)s files at once.") % {"n": MAX_FILES}, status=400)
    return [files.store(content=f.read(), filename=f.name or "", content_type=f.content_type or "") for f in given]


def _words(request: HttpRequest, stored: list[StoredFile]) -> str:
    """What was written; files sent without a word are named, so that a mail is never empty."""
    text = _text(request, "body")
    return text if text.strip() or not stored else ", ".join(f.filename for f in stored)


# --- the verbs ----------------------------------------------------------------------------------------


def reply(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    stored = _stored(request)
    return services.reply(
        actor=actor, ticket=ticket, text=_words(request, stored), uid=_uid(request), files=stored,
        then=_text(request, "then"),
    )  # fmt: skip


def note(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    stored = _stored(request)
    return services.note(actor=actor, ticket=ticket, text=_words(request, stored), uid=_uid(request), files=stored)


def assign(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.assign(actor=actor, ticket=ticket, assignee=_agent(request, actor))


def transfer(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.transfer(
        actor=actor, ticket=ticket, reason=_text(request, "reason"), brief=_text(request, "brief"),
        department=_department(request, actor), assignee=_agent(request, actor),
    )  # fmt: skip


def escalate(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.escalate(actor=actor, ticket=ticket, reason=_text(request, "reason"), brief=_text(request, "brief"))


def solve(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.solve(actor=actor, ticket=ticket)


def reopen(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.reopen(actor=actor, ticket=ticket)


def status(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    return services.set_status(actor=actor, ticket=ticket, status=_text(request, "status"))


def edit(request: HttpRequest, actor: User, ticket: Ticket) -> object:
    """Subject, priority, tags (by comma), status, and a first department: those that the form holds."""
    changes: dict[str, Any] = {name: _text(request, name) for name in ("subject", "priority") if name in request.POST}
    if "tags" in request.POST:
        changes["tags"] = _text(request, "tags").split(",")
    if department := _department(request, actor):
        changes["department"] = department
    services.update_ticket(actor=actor, ticket=ticket, **changes)
    if "status" in request.POST:
        services.set_status(actor=actor, ticket=ticket, status=_text(request, "status"))
    return None


VERBS: dict[str, Verb] = {
    "reply": reply, "note": note, "assign": assign, "transfer": transfer, "escalate": escalate, "solve": solve,
    "reopen": reopen, "status": status, "edit": edit,
}  # fmt: skip


@colleague("POST")
def verb(request: HttpRequest, actor: User, number: int, verb: str) -> HttpResponse:
    """Do `verb`; answer with what changed, or lead back to the ticket. A refusal leaves nothing behind."""
    found = get_ticket_for(actor, number)
    after = whole("after", request.POST.get("after"))
    with transaction.atomic():
        VERBS[verb](request, actor, found)
    if is_fragment(request):
        try:
            return changed(request, actor, number, after=after)
        except Http404:  # handed to a team that the actor does not belong to
            return render(request, "console/_gone.html", {"number": number})
    try:
        get_ticket_for(actor, number)
    except Http404:
        messages.success(request, _("Ticket #%(number)s is with another team now.") % {"number": number})
        return redirect("console-inbox")
    return redirect("console-ticket", number=number)
