"""`/api/v1/calendars/` through the door: roles, shapes, refusals."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from helpdesk.hours.models import Calendar
from helpdesk.people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.hours.urls")]
URL = "/api/v1/calendars/"
HOURS: dict[str, Any] = {
    "time_zone": "Europe/Madrid",
    "weekly": {"mon": [["09:00", "14:00"], ["22:00", "06:00"]]},
    "holidays": [{"date": "2026-12-24", "name": "Nochebuena", "intervals": [["14:00", "24:00"]]}],
    "openings": [{"date": "2026-12-20", "intervals": [["10:00", "12:00"]]}],
}


def client_of(role: str) -> APIClient:
    client = APIClient()
    if role != "stranger":
        user = User.objects.create_user(f"{uuid4().hex}@example.com", name="Ana Ruiz", role=role)
        client.force_authenticate(user)
    return client


def unique() -> str:
    return f"Office {uuid4().hex[:8]}"


@pytest.fixture
def calendar() -> Calendar:
    return Calendar.objects.create(name=unique(), **HOURS)


@pytest.mark.parametrize(
    ("role", "reads", "asks", "writes"),
    [
        ("stranger", 401, 401, 401),
        ("agent", 200, 200, 403),
        ("supervisor", 200, 200, 403),
        ("admin", 200, 200, 201),
    ],
)
def test_who_may_do_what(role: str, reads: int, asks: int, writes: int, calendar: Calendar) -> None:
    client, one = client_of(role), f"{URL}{calendar.pk}/"
    question = {"calendar": HOURS, "from": "2026-03-20T16:30:00Z", "seconds": 60}
    assert client.get(URL).status_code == reads
    assert client.get(one).status_code == reads
    assert client.post(f"{URL}preview/", question, format="json").status_code == asks
    assert client.post(URL, {"name": unique(), **HOURS}, format="json").status_code == writes
    assert client.patch(one, {"name": unique()}, format="json").status_code == (200 if writes == 201 else writes)
    assert client.delete(one).status_code == (204 if writes == 201 else writes)
    assert Calendar.objects.filter(pk=calendar.pk).exists() is (writes != 201)


def test_a_calendar_comes_back_as_it_was_given() -> None:
    client, name = client_of("admin"), unique()
    made = client.post(URL, {"name": name, **HOURS}, format="json").json()
    assert made.keys() == {"id", "name", *HOURS, "created_at", "updated_at"}
    assert {key: made[key] for key in ("name", *HOURS)} == {"name": name, **HOURS}
    assert made["created_at"].endswith("Z")
    assert client.get(f"{URL}{made['id']}/").json() == made

    changed = client.patch(f"{URL}{made['id']}/", {"holidays": []}, format="json").json()
    assert (changed["holidays"], changed["weekly"]) == ([], HOURS["weekly"])


def test_the_list_is_paged(calendar: Calendar) -> None:
    Calendar.objects.create(name=unique(), **HOURS)
    page = client_of("agent").get(URL, {"page_size": 1}).json()
    assert page.keys() == {"next", "previous", "results"}
    assert len(page["results"]) == 1
    assert page["next"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": None}, "name", "required"),
        ({"name": "x" * 81}, "name", "invalid"),
        ({"weekly": None}, "weekly", "invalid_type"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "unknown_time_zone"),
        (
            {"weekly": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}},
            "weekly.mon.1",
            "overlapping_intervals",
        ),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"id": 7}, "id", "unknown_field"),
    ],
)
def test_a_refusal_is_a_problem_that_names_the_field(change: dict[str, Any], field: str, code: str) -> None:
    name = unique()
    answer = client_of("admin").post(URL, {"name": name, **HOURS, **change}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == code
    assert list(answer.json()["errors"]) == [field]
    assert not Calendar.objects.filter(name=name).exists()


def test_a_taken_name_is_a_conflict(calendar: Calendar) -> None:
    answer = client_of("admin").post(URL, {"name": calendar.name, **HOURS}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "calendar_name_taken")


def test_a_repeated_post_makes_one_calendar() -> None:
    client, name = client_of("admin"), unique()
    answers = [
        client.post(URL, {"name": name, **HOURS}, format="json", headers={"Idempotency-Key": name}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_an_unknown_parameter_is_a_400(calendar: Calendar) -> None:
    client = client_of("admin")
    for url in (URL, f"{URL}{calendar.pk}/"):
        assert client.get(url, {"colour": "red"}).status_code == 400


def test_unknown_calendars_are_not_found() -> None:
    client = client_of("admin")
    for pk in ("999999999", "x", "9" * 30):
        for answer in (client.get(f"{URL}{pk}/"), client.delete(f"{URL}{pk}/")):
            assert answer.status_code == 404


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"{", b'{"calendar": {"weekly": NaN}}', b"[" * 5_000])
def test_a_body_that_is_no_object_is_a_400(body: bytes) -> None:
    client = client_of("admin")
    for url in (URL, f"{URL}preview/"):
        answer = client.post(url, body, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_preview_answers_the_field_s_own_example() -> None:
    office = {
        "time_zone": "Europe/Madrid",
        "weekly": {"mon": [["09:00", "18:00"]], "fri": [["09:00", "18:00"]]},
    }
    question = {"calendar": office, "from": "2026-03-20T17:30:00+01:00", "seconds": 3_600}
    answer = client_of("agent").post(f"{URL}preview/", question, format="json")
    assert answer.status_code == 200
    assert answer.json()["due_at"] == "2026-03-23T08:30:00Z"
    assert answer.json()["open_seconds"] == 3_600


def test_preview_names_the_field_within_the_calendar() -> None:
    question = {"calendar": {"time_zone": "x", "weekly": {}}, "from": "2026-03-20T17:30:00Z", "seconds": 1}
    answer = client_of("agent").post(f"{URL}preview/", question, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["calendar.time_zone"])
