"""Staffing arithmetic against printed reference numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib.errors import Invalid
from reports.rules import erlang, staffing
from reports.rules.staffing import Question

HALF_HOUR = {"rate": 100 / 1800, "handle": 180.0}
PHONE = {"rate": 60 / 3600, "handle": 300.0}
CHAT = {"rate": 125 / 3600, "handle": 720.0}
ZD = Question(arrivals_per_hour=125, aht_seconds=720, concurrency=4, target_percent=80, target_seconds=30)


@pytest.mark.parametrize(
    ("case", "target", "servers", "wait_probability", "service_level", "average_wait", "occupancy"),
    [
        (HALF_HOUR, 20, 13, ".28527", ".79559|.79560", "17.12", ".769"),
        (HALF_HOUR, 20, 14, ".17413", ".88835", "7.84", ".714"),
        (PHONE, 300, 6, ".58752", ".78386", "176.3", ".833"),
        (PHONE, 300, 7, ".32415", ".95613", "48.6", ".714"),
        (CHAT, 30, 28, ".45730", ".59643", "109.8", ".893"),
        (CHAT, 30, 31, ".17978", ".85999", "21.57", ".806"),
    ],
)
def test_erlang_c_to_every_printed_digit(
    case: dict[str, float], target: float, servers: int, wait_probability: str, service_level: str,
    average_wait: str, occupancy: str,
) -> None:  # fmt: skip
    found = erlang.erlang_c(**case, servers=servers, target=target)
    assert printed(found.wait_probability, wait_probability)
    assert printed(found.service_level, service_level)
    assert printed(found.average_wait, average_wait)
    assert printed(found.occupancy, occupancy)


def printed(value: float, text: str) -> bool:
    """Whether `value`, rounded to as many digits as `text` shows, is `text`."""
    return any(f"{value:.{len(t.partition('.')[2])}f}".lstrip("0") == t for t in text.split("|"))


def test_the_fewest_for_eighty_percent_in_twenty_seconds_and_their_roster() -> None:
    assert erlang.servers_for(**HALF_HOUR, target=20, share=0.8).servers == 14
    assert staffing.scheduled(14, 0.3) == 20
    assert staffing.scheduled(7, 0) == 7


def test_chat_slots_thirty_miss_the_target_and_thirty_one_meet_it() -> None:
    assert printed(erlang.erlang_c(**CHAT, servers=30, target=30).service_level, ".79710")
    assert erlang.servers_for(**CHAT, target=30, share=0.8).servers == 31


def test_too_few_servers_never_catch_up() -> None:
    for servers in (9, 10):
        found = erlang.erlang_c(**HALF_HOUR, servers=servers, target=20)
        assert (found.stable, found.service_level, found.average_wait) == (False, 0.0, math.inf)


def test_three_models_of_four_chats_at_once() -> None:
    naive, slots, factor = staffing.answer(ZD)["models"]
    assert (naive["method"], naive["agents_exact"], naive["agents"]) == ("naive", 6.25, 7)
    assert naive["servers"] == 28
    assert printed(naive["service_level"] or 0, ".596")
    assert naive["meets_target"] is False
    assert (slots["method"], slots["agents_exact"], slots["agents"]) == ("slots", 31 / 4, 8)
    assert (factor["method"], factor["agents"]) == ("factor", 12)
    assert printed(factor["aht_seconds"] or 0, "248.3")
    assert printed(factor["service_level"] or 0, ".859")


@pytest.mark.parametrize(
    ("concurrency", "agents", "aht"),
    [(2, 19, "423.5"), (3, 14, "288.0"), (4, 12, "248.3"), (5, 10, "205.7")],
)
def test_factor_model_by_concurrency(concurrency: int, agents: int, aht: str) -> None:
    found = staffing.factor(Question(125, 720, concurrency, 80, 30))
    assert found["agents"] == agents
    assert printed(found["aht_seconds"] or 0, aht)


def test_effective_handling_time_of_three_chats() -> None:
    assert staffing.factor(Question(10, 600, 3))["aht_seconds"] == 240


def test_no_factor_is_known_beyond_five_chats_and_none_is_invented() -> None:
    found = staffing.factor(Question(125, 720, 6))
    assert {k: v for k, v in found.items() if v is not None} == {"method": "factor"}


def test_one_chat_at_a_time_makes_slots_and_factor_equal() -> None:
    _naive, slots, factor = staffing.answer(Question(200, 180))["models"]
    assert slots["agents"] == factor["agents"] == 14


def test_erlang_a_to_every_printed_digit() -> None:
    found = erlang.erlang_a(**HALF_HOUR, servers=11, patience=120, target=20)
    assert printed(found.wait_probability, ".38282")
    assert printed(found.abandon_probability, ".09416")
    assert printed(found.average_wait, "11.30")
    assert printed(found.service_level_all, ".74221")
    assert printed(found.service_level_stayed, ".77990")


@pytest.mark.parametrize("servers", [11, 13, 20])
def test_endless_patience_gives_erlang_c(servers: int) -> None:
    patient = erlang.erlang_a(**HALF_HOUR, servers=servers, patience=1e9, target=20)
    nobody_leaves = erlang.erlang_c(**HALF_HOUR, servers=servers, target=20)
    assert patient.wait_probability == pytest.approx(nobody_leaves.wait_probability, abs=1e-6)
    assert patient.service_level_all == pytest.approx(nobody_leaves.service_level, abs=1e-6)
    assert patient.service_level_stayed == pytest.approx(nobody_leaves.service_level, abs=1e-6)
    assert patient.average_wait == pytest.approx(nobody_leaves.average_wait, rel=1e-5)


@given(
    rate=st.floats(0.001, 2), handle=st.floats(5, 900), patience=st.floats(5, 3600), target=st.floats(0, 600),
    share=st.floats(0.05, 0.99),
)  # fmt: skip
def test_the_answer_meets_the_target_and_one_fewer_does_not(
    rate: float, handle: float, patience: float, target: float, share: float
) -> None:
    found = erlang.servers_for_impatient(rate=rate, handle=handle, patience=patience, target=target, share=share)
    assert found.service_level_all >= share - 1e-9
    assert found.service_level_all <= found.service_level_stayed + 1e-9
    assert 0 <= found.abandon_probability <= 1
    if found.servers > 1:
        fewer = erlang.erlang_a(rate=rate, handle=handle, servers=found.servers - 1, patience=patience, target=target)
        assert fewer.service_level_all < share + 1e-9


def test_email_backlog() -> None:
    exact, agents = staffing.email_backlog(messages_per_day=240, handle_minutes=6, hours_per_day=8, utilisation=0.85)
    assert (round(exact, 2), agents) == (3.53, 4)


GOOD = {"arrivals_per_hour": "125", "aht_seconds": "720", "concurrency": "4", "target_percent": "80"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("arrivals_per_hour", ""), ("arrivals_per_hour", "0"), ("arrivals_per_hour", "-1"),
        ("arrivals_per_hour", "nan"), ("arrivals_per_hour", "inf"), ("arrivals_per_hour", "1e9"),
        ("arrivals_per_hour", "٣"), ("aht_seconds", "soon"), ("aht_seconds", "0"), ("concurrency", "0"),
        ("concurrency", "2.5"), ("concurrency", "21"), ("target_percent", "0"), ("target_percent", "100"),
        ("target_seconds", "-1"), ("patience_seconds", "0"), ("shrinkage", "1"), ("shrinkage", "1.5"),
        ("shrinkage", "-0.1"), ("shrinkage", "100"),
    ],
)  # fmt: skip
def test_bad_values_name_their_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        staffing.parse({**GOOD, field: value})
    assert (refusal.value.field, refusal.value.status) == (field, 400)


def test_too_much_work_at_once_is_refused_and_not_computed() -> None:
    with pytest.raises(Invalid):
        staffing.parse({"arrivals_per_hour": "20000", "aht_seconds": "14400"})


@pytest.mark.parametrize("written", ["0.3", "30"])
def test_shrinkage_as_share_or_percentage(written: str) -> None:
    question = staffing.parse({"arrivals_per_hour": "200", "aht_seconds": "180", "shrinkage": written})
    assert staffing.slots(question)["scheduled_agents"] == 20
