"""`/api/`: tokens and sessions of staff. Customers hold no tokens."""

from __future__ import annotations

from typing import Any

from ..table import row

STAFF = "401 401 200 200 200 200 200 403"  # everybody on the team reads
READ = "401 401 404 200 200 200 200 403"  # who sees the ticket
DO = "401 401 404 200 200 200 403 200"  # who sees the ticket, with the right to write
ADD = "401 401 404 201 201 201 403 201"
SUPERVISORS = "401 401 403 403 200 200 403 403"
HAND = {"reason": "Needs a specialist", "brief": "Reset mail never arrives; checked the spam folder."}
HOURS = {"time_zone": "Europe/Madrid", "weekly": {"mon": [["09:00", "18:00"]]}}
QUESTION = {"calendar": HOURS, "from": "2026-03-20T16:30:00Z", "seconds": 60}
T = "/api/v1/tickets/{ticket}/"
TEXTS = [{"language": "en", "title": "Parcels", "body": "Where it is."}]

ROWS = [
    row("GET", "/api/v1/tickets/", STAFF),
    row(
        "POST", "/api/v1/tickets/", "401 401 201 201 201 201 403 201",
        {"subject": "Parcel", "body": "Where is it?", "customer": {"email": "new@mail.example"}},
    ),
    row("GET", T, READ),
    row("PATCH", T, DO, {"priority": "high"}),
    row("GET", T + "messages/", READ),
    row("POST", T + "messages/", ADD, {"body": "On it."}),
    row("GET", T + "notes/", READ),
    row("POST", T + "notes/", ADD, {"body": "Called the depot."}),
    row("GET", T + "events/", READ),
    row("GET", T + "timeline/", READ),
    row("GET", T + "sla/", READ),
    row("POST", T + "assign/", DO, {"assignee": "{ana}"}),
    row("POST", T + "escalate/", DO, HAND),
    row("POST", T + "transfer/", DO, {**HAND, "department": "{billing}"}),
    row("POST", T + "merge/", DO, {"into": "{second_ticket}"}),
    row("POST", T + "solve/", DO, {}),
    row("POST", T + "reopen/", DO, {}),
    row("GET", "/api/v1/attachments/{attachment}/", READ),
    row("GET", "/api/v1/attachments/{note_attachment}/", READ),
    row("GET", "/api/v1/ratings/", STAFF),
    row("GET", "/api/v1/customers/", STAFF),
    row("POST", "/api/v1/customers/", "401 401 201 201 201 201 403 201", {"name": "Eva", "email": "eva@mail.example"}),
    row("GET", "/api/v1/customers/{lucia}/", STAFF),
    row("PATCH", "/api/v1/customers/{lucia}/", "401 401 200 200 200 200 403 200", {"notes": "Prefers mail."}),
    row("POST", "/api/v1/customers/{lucia}/erase/", "401 401 403 403 403 200 403 403", {}),
    row("GET", "/api/v1/organizations/", STAFF),
    row("POST", "/api/v1/organizations/", "401 401 201 201 201 201 403 201", {"name": "Casa Verde"}),
    row("GET", "/api/v1/organizations/{organization}/", STAFF),
    row("PATCH", "/api/v1/organizations/{organization}/", "401 401 200 200 200 200 403 200", {"notes": "Since 2019."}),
    row("GET", "/api/v1/departments/", STAFF),
    row("POST", "/api/v1/departments/", "401 401 403 403 403 201 403 403", {"name": "Returns"}),
    row("GET", "/api/v1/departments/{support}/", STAFF),
    row("PATCH", "/api/v1/departments/{support}/", "401 401 403 403 403 200 403 403", {"position": 3}),
    row("GET", "/api/v1/agents/", STAFF),
    row(
        "POST", "/api/v1/agents/", "401 401 403 403 403 201 403 403",
        {"email": "new@desk.example", "name": "Noa", "password": "correct horse battery"},
    ),
    row("GET", "/api/v1/agents/{ana}/", STAFF),
    row("PATCH", "/api/v1/agents/{ana}/", "401 401 403 403 403 200 403 403", {"skills": ["parcels"]}),
    row("PATCH", "/api/v1/agents/{ana}/", "401 401 403 200 200 200 403 200", {"status": "away"}),
    row("GET", "/api/v1/articles/", "200 200 200 200 200 200 200 403"),
    row("GET", "/api/v1/articles/{article}/", "200 200 200 200 200 200 200 403"),
    row("GET", "/api/v1/articles/{draft}/", "404 404 200 200 200 200 200 403"),
    row(
        "POST", "/api/v1/articles/", "401 401 403 403 201 201 403 403",
        {"slug": "parcels", "category": "{category}", "translations": TEXTS},
    ),
    row("PATCH", "/api/v1/articles/{article}/", "401 401 403 403 200 200 403 403", {"position": 2}),
    row("GET", "/api/v1/categories/", STAFF),
    row("POST", "/api/v1/categories/", "401 401 403 403 201 201 403 403", {"slug": "returns", "name": "Returns"}),
    row("GET", "/api/v1/categories/{category}/", STAFF),
    row("GET", "/api/v1/calendars/", STAFF),
    row("POST", "/api/v1/calendars/", "401 401 403 403 403 201 403 403", {"name": "Night shift", **HOURS}),
    row("GET", "/api/v1/calendars/{calendar}/", STAFF),
    row("PATCH", "/api/v1/calendars/{calendar}/", "401 401 403 403 403 200 403 403", {"name": "Day shift"}),
    row("DELETE", "/api/v1/calendars/{calendar}/", "401 401 403 403 403 204 403 403"),
    row("POST", "/api/v1/calendars/preview/", "401 401 200 200 200 200 403 200", QUESTION),
    row("GET", "/api/v1/sla-policies/", STAFF),
    row("POST", "/api/v1/sla-policies/", "401 401 403 403 403 201 403 403", {"name": "VIP"}),
    row("GET", "/api/v1/sla-policies/{policy}/", STAFF),
    row("PATCH", "/api/v1/sla-policies/{policy}/", "401 401 403 403 403 200 403 403", {"active": False}),
    row("DELETE", "/api/v1/sla-policies/{policy}/", "401 401 403 403 403 204 403 403"),
    row("POST", "/api/v1/sla-policies/reorder/", "401 401 403 403 403 204 403 403", {"order": ["{policy}"]}),
    row("GET", "/api/v1/chats/", STAFF),
    row("GET", "/api/v1/chats/{chat}/", READ),
    row("GET", "/api/v1/visitors/", STAFF),
    row("GET", "/api/v1/visitors/{visitor}/", READ),
    row("GET", "/api/v1/reports/metrics/", SUPERVISORS),
    row("GET", "/api/v1/reports/monitor/", SUPERVISORS),
    row("GET", "/api/v1/reports/staffing/?arrivals_per_hour=30&aht_seconds=300", SUPERVISORS),
    row("GET", "/api/v1/export/tickets/", STAFF),
    row("GET", "/api/v1/schema/", "200"),
    row("GET", "/api/docs/", "200"),
    row("GET", "/api/v1/nothing/", "404"),
    row("GET", "/api/v7/", "404"),
]  # fmt: skip


def things(cast: Any) -> dict[str, Any]:
    """One of everything that these rows name."""
    from chat.models import Chat, Visitor
    from helpdesk.files.services import store
    from helpdesk.hours.models import Calendar
    from helpdesk.people.services import save_organization
    from knowledgebase.services import save_article, save_category
    from tests.cast import SETUP, open_ticket
    from tickets import services
    from tickets.models import SlaPolicy

    SlaPolicy.objects.all().delete()  # a migration may bring some; `reorder` names all
    ticket = open_ticket(cast)
    file = store(content=b"proof", filename="proof.txt", content_type="text/plain")
    message = services.reply(actor=cast.ana, ticket=ticket, text="Look.", files=[file])
    note = services.note(actor=cast.ana, ticket=ticket, text="Look.", files=[file])
    category = save_category(actor=SETUP, slug=f"shelf-{ticket.number}", name="Shelf")
    texts = {"en": {"title": "How to", "body": "So."}}
    article, draft = (
        save_article(
            actor=SETUP, slug=f"{status}-{ticket.number}", category=category, translations=texts, status=status
        )
        for status in ("published", "draft")
    )
    visitor = Visitor.objects.create(customer=cast.lucia, name="Lucía")
    chat = Chat.objects.create(ticket=ticket, visitor=visitor, department=cast.support)
    tag = cast.support.name
    return {
        "ticket": ticket.number,
        "second_ticket": open_ticket(cast, subject="Again").number,
        "attachment": message.attachments.get().uid,
        "note_attachment": note.attachments.get().uid,
        "organization": save_organization(actor=SETUP, name=f"House of {tag}").pk,
        "calendar": Calendar.objects.create(name=f"Hours of {tag}", **HOURS).pk,
        "policy": SlaPolicy.objects.create(name=f"Promise of {tag}").pk,
        "category": category.pk,
        "article": article.pk,
        "article_slug": article.slug,
        "category_slug": category.slug,
        "draft": draft.pk,
        "chat": chat.pk,
        "visitor": visitor.pk,
    }
