"""Who could take a chat right now: memberships and statuses from the database, open sockets from Valkey."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, Q

from helpdesk.people.models import Membership, User
from helpdesk.realtime import presence

from . import rules
from .models import Chat
from .rules import Seat


def seats(department_ids: list[int] | None = None) -> dict[int, list[Seat]]:
    """Online agents by department (all departments when None). Two queries and one round trip to Valkey."""
    rows = Membership.objects.filter(user__is_active=True, user__status=User.Status.ONLINE)
    if department_ids is not None:
        rows = rows.filter(department__in=department_ids)
    members = list(rows.values_list("department_id", "user_id", "user__status", "user__chat_capacity", "channels"))
    people = {user_id for _d, user_id, *_rest in members}
    there = presence.present_among("agent", people)
    busy = _active_counts(people)
    found: dict[int, list[Seat]] = defaultdict(list)
    for department_id, user_id, status, capacity, channels in members:
        found[department_id].append(
            Seat(
                agent=user_id, status=status, connected=user_id in there, active=busy.get(user_id, 0),
                capacity=capacity, channels=tuple(channels),
            )
        )  # fmt: skip
    return found


def _active_counts(people: set[int]) -> dict[int, int]:
    rows = Chat.objects.filter(state=Chat.State.ACTIVE, agent__in=people)
    return dict(rows.values_list("agent").annotate(n=Count("pk")).values_list("agent", "n"))


def anyone_on_duty() -> bool:
    """Whether any colleague at all is online with an open socket."""
    people = list(User.objects.filter(is_active=True, status=User.Status.ONLINE).values_list("pk", flat=True))
    return bool(presence.present_among("agent", people))


def slots_of(department_id: int | None) -> int:
    """How many conversations the department can hold at a time with those on duty now."""
    if department_id is None:
        found = [seat for rows in seats().values() for seat in rows]
        return sum({s.agent: s.capacity for s in rules.on_duty(found)}.values())
    return sum(s.capacity for s in rules.on_duty(seats([department_id]).get(department_id, [])))


def serves(user: User, department_id: int | None) -> bool:
    """Whether `user` takes chats of the department: a member whose channels allow it, or a supervisor."""
    if user.is_supervisor or department_id is None:
        return True
    rows = Membership.objects.filter(user=user, department=department_id)
    return rows.filter(Q(channels=[]) | Q(channels__contains=[rules.CHANNEL])).exists()
