"""The verbs and their refusals."""

from __future__ import annotations

import pytest

from helpdesk.lib.errors import RuleViolation
from tests.cast import make_cast, open_ticket
from tickets import services
from tickets.access import tickets_for
from tickets.models import Notification, Rating, Ticket
from tickets.rules.status import ALLOWED, may_move


def refused(code: str, verb: object, **arguments: object) -> None:
    with pytest.raises(RuleViolation) as refusal:
        verb(**arguments)  # type: ignore[operator]
    assert refusal.value.code == code


@pytest.mark.django_db
def test_who_answers_first_has_it_and_the_ticket_is_open() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola.")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status, ticket.waiting_since) == (cast.ana, "open", None)
    assert ticket.first_replied_at is not None


@pytest.mark.django_db
def test_escalation_climbs_tier_by_tier_tells_the_tier_and_ends_at_three() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.escalate(actor=cast.ana, ticket=ticket, reason="knowledge", brief="Falta el registro.")
    assert (
        Notification.objects.filter(ticket=ticket, kind="escalated").values_list("user", flat=True).get()
        == cast.bruno.pk
    )
    services.escalate(actor=cast.bruno, ticket=ticket, reason="time", brief="Urge.")
    ticket.refresh_from_db()
    assert ticket.tier == 3
    refused("no_next_tier", services.escalate, actor=cast.carmen, ticket=ticket, reason="time", brief="Más.")
    steps = [(e.data["from"], e.data["to"], e.data["reason"]) for e in ticket.events.filter(kind="escalated")]
    assert steps == [(1, 2, "knowledge"), (2, 3, "time")]


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "brief", "field"), [("", "x", "reason"), ("time", "  ", "brief")])
def test_a_hand_over_needs_reason_and_brief(reason: str, brief: str, field: str) -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    for verb, more in ((services.escalate, {}), (services.transfer, {"department": cast.billing})):
        with pytest.raises(RuleViolation) as refusal:
            verb(actor=cast.ana, ticket=ticket, reason=reason, brief=brief, **more)  # type: ignore[arg-type]
        assert refusal.value.field == field
    ticket.refresh_from_db()
    assert (ticket.tier, ticket.department) == (1, cast.support)


@pytest.mark.django_db
def test_after_a_transfer_the_brief_is_internal_and_the_customer_reads_a_plain_line() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.transfer(
        actor=cast.ana, ticket=ticket, reason="scope", brief="Pide factura de mayo.", department=cast.billing
    )
    ticket.refresh_from_db()
    line = ticket.messages.get(author_kind="system")
    assert str(ticket.number) in line.body_text
    assert "Pide factura" not in line.body_text
    assert ticket.notes.get().body_text == "Pide factura de mayo."
    assert not tickets_for(cast.ana).filter(pk=ticket.pk).exists()
    assert tickets_for(cast.olga).filter(pk=ticket.pk).exists()


@pytest.mark.django_db
def test_a_word_of_the_customer_wakes_a_solved_ticket_but_not_a_closed_one() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Listo.", then="solved")
    services.customer_message(actor=cast.lucia, ticket=ticket, text="No va.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopened_count, ticket.solved_at) == ("open", 1, None)
    services.solve(actor=cast.ana, ticket=ticket)
    services.set_status(actor=cast.ana, ticket=ticket, status="closed")
    refused("ticket_closed", services.customer_message, actor=cast.lucia, ticket=ticket, text="¿Hola?")
    refused("ticket_closed", services.reply, actor=cast.ana, ticket=ticket, text="¿Hola?")
    refused("ticket_closed", services.reopen, actor=cast.ana, ticket=ticket)


@pytest.mark.django_db
def test_hand_set_statuses_follow_the_table() -> None:
    cast = make_cast()
    for old in Ticket.Status.values:
        for new in Ticket.Status.values:
            ticket = open_ticket(cast)
            Ticket.objects.filter(pk=ticket.pk).update(status=old)
            if old == new:
                continue
            if may_move(old, new):
                services.set_status(actor=cast.ana, ticket=ticket, status=new)
            else:
                refused("status", services.set_status, actor=cast.ana, ticket=ticket, status=new)
            ticket.refresh_from_db()
            assert ticket.status == (new if new in ALLOWED[old] else old)


@pytest.mark.django_db
def test_only_members_of_the_department_are_assigned() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    refused("invalid", services.assign, actor=cast.ana, ticket=ticket, assignee=cast.olga)
    services.assign(actor=cast.ana, ticket=ticket, assignee=cast.bruno)
    ticket.refresh_from_db()
    seq = ticket.last_seq
    services.assign(actor=cast.ana, ticket=ticket, assignee=cast.bruno)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.last_seq) == (cast.bruno, seq)


@pytest.mark.django_db
def test_customers_use_no_verb_of_ours() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    for verb, more in (
        (services.reply, {"text": "yo"}),
        (services.note, {"text": "yo"}),
        (services.assign, {"assignee": cast.ana}),
        (services.escalate, {"reason": "x", "brief": "y"}),
        (services.solve, {}),
        (services.update_ticket, {"priority": "urgent"}),
    ):
        refused("forbidden", verb, actor=cast.lucia, ticket=ticket, **more)


@pytest.mark.django_db
def test_the_last_rating_counts_and_colleagues_do_not_rate() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.rate(actor=cast.lucia, ticket=ticket, score="bad")
    services.rate(actor=cast.lucia, ticket=ticket, score="good", comment="Ya funciona")
    assert Rating.objects.get(ticket=ticket).score == "good"
    assert [e.data["score"] for e in ticket.events.filter(kind="rated")] == ["bad", "good"]
    refused("forbidden", services.rate, actor=cast.ana, ticket=ticket, score="good")


@pytest.mark.django_db
def test_properties_change_with_one_event_each_and_none_for_what_stays() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.update_ticket(
        actor=cast.ana, ticket=ticket, priority="urgent", tags=["VIP", "vip", " envío "], subject=ticket.subject
    )
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.tags) == ("urgent", ["envío", "vip"])
    assert ticket.events.filter(kind__in=["priority_changed", "field_changed"]).count() == 2
    refused("needs_transfer", services.update_ticket, actor=cast.ana, ticket=ticket, department=cast.billing)


@pytest.mark.django_db
def test_a_first_department_has_the_ticket_from_now_on() -> None:
    cast = make_cast()
    ticket = open_ticket(cast, department=None)
    before = ticket.held_since
    services.update_ticket(actor=cast.ana, ticket=ticket, department=cast.support)
    ticket.refresh_from_db()
    assert ticket.department == cast.support
    assert ticket.held_since > before


@pytest.mark.django_db(transaction=True)
def test_a_colleague_is_told_once_of_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    from tickets.services import notify as telling

    cast = make_cast()
    ticket = open_ticket(cast)
    event = ticket.events.latest("seq")
    pushed: list[object] = []
    monkeypatch.setattr(telling, "emit", lambda event, *, to: pushed.append(to))
    for people, heard in (([cast.ana, cast.ana], 1), ([cast.ana, cast.bruno], 2), ([cast.ana], 2), ([], 2)):
        told = telling.notify(people, ticket=ticket, kind=Notification.Kind.ASSIGNED, event=event)
        assert set(told) == set(people)
        assert (len(pushed), Notification.objects.filter(ticket=ticket).count()) == (heard, heard)
