"""The verbs of policies, their door, and the first set."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from helpdesk.audit.models import AuditEntry
from helpdesk.lib.errors import Forbidden, RuleViolation
from helpdesk.people.models import User
from helpdesk.people.services import create_api_token
from tests.sla.factory import (
    SETUP,
    START,
    answers,
    clock,
    colleague,
    department,
    minutes,
    office_calendar,
    only,
    open_ticket,
    policy,
    rung,
    seconds,
    target,
    unique,
)
from tickets import services
from tickets.models import SlaPolicy, SlaPolicyVersion
from tickets.services import policies
from tickets.services.sweep import run_due

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sla.urls")]
URL = "/api/v1/sla-policies/"


def client(user: User) -> APIClient:
    _row, token = create_api_token(actor=user, user=user, scopes=["read", "write"])
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return api


@pytest.fixture
def admin() -> User:
    return colleague(role="admin")


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": unique("Gold"), "position": 1, "active": True, "conditions": only("tags", "gold"), "calendar": None,
        "targets": [target("first_reply", 30)],
        "ladder": [{"metric": "first_reply", "at_percent": 100, "action": "raise_tier", "params": {}}], **changes,
    }  # fmt: skip


def test_created_changed_and_kept_as_versions(admin: User) -> None:
    api, sent = client(admin), body()
    answer = api.post(URL, sent, format="json")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert {key: made[key] for key in sent} == sent
    url = f"{URL}{made['id']}/"
    assert api.get(url).json() == made
    changed = api.patch(url, {"targets": [target("first_reply", 45)]}, format="json").json()
    assert changed["version"] == 2
    api.patch(url, {"active": False, "position": 7}, format="json")
    versions = SlaPolicyVersion.objects.filter(policy=made["id"]).order_by("version")
    assert [v.targets[0]["seconds"] for v in versions] == [30, 45], "being off or elsewhere promises nothing new"
    actions = AuditEntry.objects.filter(target=f"tickets.slapolicy:{made['id']}").values_list("action", flat=True)
    assert sorted(actions) == ["sla_policy.create", "sla_policy.update", "sla_policy.update"]
    assert api.get(URL).json()["results"][0]["id"] == made["id"]
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_others_read_and_write_nothing(role: str) -> None:
    mine, api = policy(target("first_reply", 60)), client(colleague(role=role))
    url = f"{URL}{mine.pk}/"
    assert api.get(URL).status_code == 200
    assert api.get(url).status_code == 200
    for answer in (
        api.post(URL, body(), format="json"), api.patch(url, {"active": False}, format="json"), api.delete(url),
        api.post(f"{URL}reorder/", {"order": [mine.pk]}, format="json"),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert SlaPolicy.objects.get().active
    with pytest.raises(Forbidden):
        policies.create_policy(actor=colleague(role=role), name="Mine")
    assert APIClient().get(URL).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"targets": [target("first_reply", 0)]}, "targets.0.seconds"),
        ({"targets": [target("first_reply", 315_360_000)]}, "targets.0.seconds"),
        ({"ladder": [{"metric": "first_reply", "action": "raise_tier"}]}, "ladder.0.at_percent"),
        ({"targets": []}, "ladder.0.metric"),
        ({"conditions": {"all": [{"field": "shoe", "operator": "is", "value": 1}]}}, "conditions.all.0.field"),
        ({"calendar": 10**9}, "calendar"),
        ({"calendar": "Office"}, "calendar"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"position": -1}, "position"),
        ({"active": "yes"}, "active"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_refused_with_the_field_named(admin: User, changes: dict[str, Any], field: str) -> None:
    answer = client(admin).post(URL, body(**changes), format="json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not SlaPolicy.objects.exists()


def test_a_name_is_taken_once(admin: User) -> None:
    api, sent = client(admin), body()
    assert api.post(URL, sent, format="json").status_code == 201
    refused = api.post(URL, sent, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "policy_name_taken")
    assert SlaPolicy.objects.count() == 1


def test_first_match_by_position() -> None:
    last = policy(target("first_reply", 300), position=5)
    gold = policy(target("first_reply", 30), position=5, conditions=only("tags", "gold"))
    off = policy(target("first_reply", 1), position=1, active=False)
    last.refresh_from_db()
    assert (gold.position, last.position) == (5, 6), "the newcomer takes the place and the others move on"
    assert clock(open_ticket(tags=["gold"]), "first_reply").target_seconds == 30
    assert clock(open_ticket(), "first_reply").target_seconds == 300
    policies.reorder_policies(actor=SETUP, order=[last.pk, gold.pk, off.pk])
    assert clock(open_ticket(tags=["gold"]), "first_reply").target_seconds == 300
    with pytest.raises(RuleViolation):
        policies.reorder_policies(actor=SETUP, order=[last.pk, gold.pk])


def test_a_policy_that_promised_something_is_kept(admin: User) -> None:
    mine = policy(target("first_reply", 30))
    open_ticket()
    answer = client(admin).delete(f"{URL}{mine.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "policy_in_use")
    assert SlaPolicy.objects.filter(pk=mine.pk).exists()


def test_a_calendar_in_a_policy(admin: User) -> None:
    calendar = office_calendar()
    made = client(admin).post(URL, body(calendar=calendar.pk), format="json").json()
    assert made["calendar"] == calendar.pk


def test_why_a_deadline(admin: User) -> None:
    policy(target("resolution", 7_200, business=True), calendar=office_calendar())
    ticket = open_ticket(at=START)
    api = client(admin)
    rows = {row["metric"]: row for row in api.get(f"/api/v1/tickets/{ticket.number}/sla/").json()}
    assert rows["resolution"]["state"] == "breached"
    assert rows["resolution"]["due_at"] == "2026-03-18T11:00:00Z"
    assert rows["resolution"]["policy"]["version"] == 1
    assert rows["resolution"]["intervals"][0]["from"] == "2026-03-18T09:00:00Z"
    assert rows["agent_work"]["due_at"] is None
    stranger = client(colleague(department()))
    other = open_ticket(department())
    assert stranger.get(f"/api/v1/tickets/{other.number}/sla/").status_code == 404


def test_the_first_set() -> None:
    made = policies.ensure_defaults()
    assert [p.name for p in made] == ["Live chat", "Urgent", "Standard"]
    assert policies.ensure_defaults() == []
    team = department(office_calendar())
    table = [
        ({"channel": "chat"}, 30), ({"channel": "email"}, 86_400), ({"channel": "phone", "priority": "urgent"}, 1_800),
        ({"channel": "chat", "priority": "urgent"}, 30), ({"channel": "portal", "priority": "high"}, 14_400),
    ]  # fmt: skip
    for fields, promised in table:
        assert clock(open_ticket(team, **fields), "first_reply").target_seconds == promised, fields
    chat = open_ticket(team, channel="chat", at=minutes(600))
    run_due(minutes(610))
    chat.refresh_from_db()
    assert chat.tier == 3


def test_a_ladder_in_the_api_is_canonical(admin: User) -> None:
    sent = body(ladder=[rung("first_reply", "notify", after=-5)])
    sent["ladder"][0].pop("params")
    made = client(admin).post(URL, sent, format="json").json()
    assert made["ladder"] == [
        {"metric": "first_reply", "after_seconds": -5, "action": "notify", "params": {"to": "assignee"}}
    ]


def test_a_chat_that_goes_on_by_mail_is_answered_like_mail() -> None:
    team = department()
    agent = colleague(team)
    policy(target("first_reply", 30), target("next_reply", 60), conditions=only("channel", "chat"))
    policy(target("next_reply", 3600), conditions=only("channel", "email"))
    ticket = open_ticket(team, channel="chat")
    answers(agent, ticket, seconds(20))
    services.customer_message(actor=ticket.customer, ticket=ticket, text="ya", channel="chat", at=seconds(30))
    assert clock(ticket, "next_reply", 1).due_at == seconds(90)
    answers(agent, ticket, seconds(40))
    services.customer_message(actor=ticket.customer, ticket=ticket, text="por correo", channel="email", at=seconds(100))
    assert clock(ticket, "next_reply", 2).due_at == seconds(3700)
    assert clock(ticket, "first_reply").state == "met"
