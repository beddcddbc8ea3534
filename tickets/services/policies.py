"""The verbs of service-level policies, and which one a ticket falls under.

Only administrators change policies; every change stands in the audit trail and, when it touches what is promised,
as a new SlaPolicyVersion. Tickets keep the version that was in force until something of their own changes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from helpdesk.audit.services import record
from helpdesk.hours.models import Calendar
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.text import clean_line
from helpdesk.people.actors import System, require_admin

from ..models import SlaPolicy, SlaPolicyVersion, Ticket
from ..rules import policy as rules

if TYPE_CHECKING:
    from helpdesk.people.actors import Actor

FIELDS = frozenset({"name", "position", "active", "conditions", "calendar", "targets", "ladder"})
PROMISED = ("name", "conditions", "calendar_id", "targets", "ladder")  # a change of these is a new version
_ORDER_LOCK = 7_316_001  # one writer of the order at a time


# --- verbs -------------------------------------------------------------------------------------------


@transaction.atomic
def create_policy(*, actor: Actor, **fields: Any) -> SlaPolicy:
    """A new policy from `FIELDS` in the API's shapes (`calendar`: Calendar, id or None).

    It takes the place of whoever stands at `position`, and those after it move on; without a position it comes
    first, because behind a policy that matches everything it would never apply. Raises Forbidden, Invalid
    (naming the field) and RuleViolation("policy_name_taken").
    """
    require_admin(actor)
    _lock_order()
    policy = SlaPolicy(conditions={"all": [], "any": []})
    if "name" not in fields:
        raise Invalid("name", _("A policy needs a name."), code="required")
    _set(policy, fields)
    _make_room(policy)
    _save(policy)
    snapshot(policy)
    record(actor=actor, action="sla_policy.create", target=policy, after=_state(policy))
    return policy


@transaction.atomic
def update_policy(*, actor: Actor, policy: SlaPolicy, **fields: Any) -> SlaPolicy:
    """Change `fields`; the others stay. Raises as `create_policy`. What is the same already changes nothing."""
    require_admin(actor)
    _lock_order()
    policy = _locked(policy)
    before, promised, stood = _state(policy), _promise(policy), policy.position
    _set(policy, fields)
    if _state(policy) == before:
        return policy
    if policy.position != stood:
        _make_room(policy)
    if _promise(policy) != promised:
        policy.version += 1
    _save(policy)
    if _promise(policy) != promised:
        snapshot(policy)
    record(actor=actor, action="sla_policy.update", target=policy, before=before, after=_state(policy))
    return policy


@transaction.atomic
def delete_policy(*, actor: Actor, policy: SlaPolicy) -> None:
    """Remove a policy that never promised anything. Raises RuleViolation("policy_in_use") when a clock ran by it."""
    require_admin(actor)
    policy = _locked(policy)
    record(actor=actor, action="sla_policy.delete", target=policy, before=_state(policy))
    try:
        with transaction.atomic():
            policy.delete()
    except (ProtectedError, IntegrityError):
        raise RuleViolation(
            "policy_in_use", _("Tickets were promised something by this policy. Switch it off instead.")
        ) from None


@transaction.atomic
def reorder_policies(*, actor: Actor, order: list[int]) -> None:
    """Put the policies into `order` (all ids, each once). Raises Invalid("order")."""
    require_admin(actor)
    _lock_order()
    policies = {p.pk: p for p in SlaPolicy.objects.select_for_update()}
    if sorted(order) != sorted(policies):
        raise Invalid("order", _("Name every policy once."))
    for position, pk in enumerate(order, start=1):
        policy = policies[pk]
        if policy.position != position:
            before, policy.position = _state(policy), position
            policy.save(update_fields=["position", "updated_at"])
            record(actor=actor, action="sla_policy.update", target=policy, before=before, after=_state(policy))


def snapshot(policy: SlaPolicy) -> SlaPolicyVersion:
    """What `policy` says now, kept for good as its current version."""
    return SlaPolicyVersion.objects.create(
        policy=policy, version=policy.version, name=policy.name, conditions=policy.conditions,
        calendar=policy.calendar, targets=policy.targets, ladder=policy.ladder,
    )  # fmt: skip


# --- which one applies -------------------------------------------------------------------------------


def matching(ticket: Ticket) -> SlaPolicyVersion | None:
    """The version in force of the first active policy whose conditions hold for `ticket`; None: no policy."""
    versions = (
        SlaPolicyVersion.objects.filter(policy__active=True, version=F("policy__version"))
        .select_related("calendar")
        .order_by("policy__position", "policy_id")
    )
    candidates = list(versions)
    looked_at = set().union(*(rules.fields_in(v.conditions) for v in candidates))
    values = values_of(ticket, looked_at)
    return next((v for v in candidates if rules.matches(v.conditions, values)), None)


def values_of(ticket: Ticket, fields: set[str]) -> dict[str, Any]:
    """What conditions may look at, as tickets.rules.policy wants it; only `fields` are fetched."""
    values: dict[str, Any] = {
        "status": ticket.status, "priority": ticket.priority, "channel": ticket.current_channel, "tier": ticket.tier,
        "language": ticket.language, "tags": list(ticket.tags), "subject": ticket.subject,
        **{rules.CUSTOM + name: value for name, value in ticket.custom_fields.items()},
    }  # fmt: skip
    if "department" in fields:
        values["department"] = [ticket.department_id, ticket.department.name] if ticket.department else None
    if "customer.email" in fields:
        values["customer.email"] = ticket.customer.email
    if "customer.organization" in fields:
        organization = ticket.customer.organization
        values["customer.organization"] = [organization.pk, organization.name] if organization else None
    return values


def version(pk: int | None) -> SlaPolicyVersion | None:
    """One version with its calendar, as the calendar is now."""
    return SlaPolicyVersion.objects.select_related("calendar").get(pk=pk) if pk is not None else None


@lru_cache(maxsize=4_096)
def promised_metrics(version_id: int | None) -> frozenset[str]:
    """The metrics that a version has targets for. Versions never change, so asking again costs no query."""
    if version_id is None:
        return frozenset()
    targets = SlaPolicyVersion.objects.values_list("targets", flat=True).get(pk=version_id)
    return frozenset(t["metric"] for t in targets)


# --- helpers -----------------------------------------------------------------------------------------


def _set(policy: SlaPolicy, fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - FIELDS:
        raise Invalid(sorted(unknown)[0], _("Unknown field."), code="unknown_field")
    if "name" in fields:
        name = fields["name"]
        if not isinstance(name, str) or len(name) > 120 or not clean_line(name):
            raise Invalid("name", _("A policy needs a name of at most 120 characters."))
        policy.name = clean_line(name)
    if "position" in fields:
        policy.position = rules.parse_position(fields["position"])
    if "active" in fields:
        if not isinstance(fields["active"], bool):
            raise Invalid("active", _("This is true or false."))
        policy.active = fields["active"]
    if "conditions" in fields:
        policy.conditions = rules.parse_conditions(fields["conditions"])
    if "calendar" in fields:
        policy.calendar = _calendar(fields["calendar"])
    if "targets" in fields:
        policy.targets = rules.parse_targets(fields["targets"])
    if "targets" in fields or "ladder" in fields:
        policy.ladder = rules.parse_ladder(fields.get("ladder", policy.ladder), policy.targets)


def _calendar(value: object) -> Calendar | None:
    if value is None or isinstance(value, Calendar):
        return value
    found = None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        found = Calendar.objects.filter(pk=value).first()
    if found is None:
        raise Invalid("calendar", _("No such calendar."))
    return found


def _make_room(policy: SlaPolicy) -> None:
    others = SlaPolicy.objects.exclude(pk=policy.pk)
    if others.filter(position=policy.position).exists():
        others.filter(position__gte=policy.position).update(position=F("position") + 1)


def _lock_order() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ORDER_LOCK])


def _locked(policy: SlaPolicy) -> SlaPolicy:
    try:
        return SlaPolicy.objects.select_for_update().get(pk=policy.pk)
    except SlaPolicy.DoesNotExist:
        raise RuleViolation("not_found", _("This policy has been deleted meanwhile."), status=404) from None


def _save(policy: SlaPolicy) -> None:
    try:
        with transaction.atomic():  # a savepoint, so that the outer transaction survives the refusal
            policy.save()
    except IntegrityError:
        raise RuleViolation("policy_name_taken", _("There is already a policy with this name."), field="name") from None


def _promise(policy: SlaPolicy) -> dict[str, Any]:
    return {field: getattr(policy, field) for field in PROMISED}


def _state(policy: SlaPolicy) -> dict[str, Any]:
    return {**_promise(policy), "position": policy.position, "active": policy.active}


# --- a first set -------------------------------------------------------------------------------------

HOUR = 3_600


def _targets(*rows: tuple[str, str | None, int, bool]) -> list[dict[str, Any]]:
    keys = ("metric", "priority", "seconds", "business")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _rung(
    metric: str, action: str, *, percent: int | None = None, after: int | None = None, **params: Any
) -> dict[str, Any]:
    moment = {"at_percent": percent} if percent is not None else {"after_seconds": after}
    return {"metric": metric, **moment, "action": action, "params": params}


_RESOLUTION_LADDER = [
    _rung("resolution", "notify", percent=75, to="assignee"),
    _rung("resolution", "raise_tier", percent=100, to=2),
    _rung("resolution", "notify", percent=100, to="supervisors"),
    _rung("resolution", "raise_tier", percent=150, to=3),
]

# Far from 0, so that a policy of your own at position 1 comes first.
_DEFAULTS: list[dict[str, Any]] = [
    {
        "name": "Live chat",
        "position": 100,
        "conditions": {"all": [{"field": "channel", "operator": "is", "value": "chat"}], "any": []},
        "targets": _targets(
            ("first_reply", None, 30, False),
            ("next_reply", None, 60, False),
            ("resolution", "urgent", 4 * HOUR, False),
            ("resolution", None, 8 * HOUR, True),
        ),
        "ladder": [
            _rung("first_reply", "notify", percent=50, to="tier"),
            _rung("first_reply", "raise_tier", after=30, to=2),  # 60 s: the limit we tell visitors
            _rung("first_reply", "raise_tier", after=90, to=3),
            _rung("first_reply", "notify", after=90, to="supervisors"),
            _rung("next_reply", "notify", percent=100, to="assignee"),
            *_RESOLUTION_LADDER,
        ],
    },
    {
        "name": "Urgent",
        "position": 110,
        "conditions": {"all": [{"field": "priority", "operator": "is", "value": "urgent"}], "any": []},
        "targets": _targets(
            ("first_reply", None, 1_800, False),
            ("next_reply", None, 1_800, False),
            ("resolution", None, 4 * HOUR, False),
        ),
        "ladder": [
            _rung("first_reply", "notify", percent=50, to="tier"),
            _rung("first_reply", "raise_tier", percent=100, to=2),
            _rung("first_reply", "raise_tier", percent=150, to=3),
            _rung("first_reply", "notify", percent=150, to="supervisors"),
            _rung("next_reply", "notify", percent=75, to="assignee"),
            _rung("next_reply", "notify", percent=100, to="supervisors"),
            *_RESOLUTION_LADDER,
        ],
    },
    {
        "name": "Standard",
        "position": 120,
        "conditions": {"all": [], "any": []},
        "targets": _targets(
            ("first_reply", "high", 4 * HOUR, False),
            ("first_reply", None, 24 * HOUR, False),
            ("next_reply", "high", 8 * HOUR, False),
            ("next_reply", None, 24 * HOUR, False),
            ("resolution", "high", 18 * HOUR, True),
            ("resolution", None, 27 * HOUR, True),
        ),
        "ladder": [
            _rung("first_reply", "notify", percent=75, to="tier"),
            _rung("first_reply", "raise_tier", percent=100, to=2),
            _rung("first_reply", "raise_tier", percent=150, to=3),
            _rung("next_reply", "notify", percent=75, to="assignee"),
            _rung("next_reply", "notify", percent=100, to="supervisors"),
            *_RESOLUTION_LADDER,
        ],
    },
]


@transaction.atomic
def ensure_defaults() -> list[SlaPolicy]:
    """A first set of policies where there is none: chat in 30 s (limit 60 s), urgent in 30 min, all else in 24 h.

    Business targets follow the department's calendar. Does nothing when any policy exists; returns the new ones.
    """
    _lock_order()
    if SlaPolicy.objects.exists():
        return []
    return [create_policy(actor=System("setup"), **fields) for fields in _DEFAULTS]
