"""Setting the company up: calendars, teams, colleagues, customers, the mailbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from django.conf import settings

from helpdesk.hours.clock import CalendarSpec
from helpdesk.hours.models import Calendar
from helpdesk.hours.services import create_calendar
from helpdesk.people.actors import System
from helpdesk.people.models import Customer, Department, Organization, User
from helpdesk.people.services import create_agent, new_customer, save_department, set_status, update_customer
from tickets.models import Mailbox

from . import company, hours

DEMO = System("demo")


@dataclass(frozen=True)
class Seat:
    """A colleague at one tier of a team."""

    user: User
    tier: int


@dataclass(frozen=True)
class Cast:
    admin: User
    supervisor: User
    teams: dict[str, Department]
    seats: dict[int, list[Seat]]  # by department id
    hours: dict[int, CalendarSpec]  # by department id
    customers: dict[str, list[Customer]]  # by language, private ones
    companies: dict[str, list[Customer]]  # by language, those of an organization
    mailbox: Mailbox

    def pick(self, department_id: int | None, tier: int, language: str, rng: Random) -> User:
        """Who answers: somebody at that tier who speaks the language, else whoever comes nearest."""
        seats = self.seats.get(department_id or 0, [])
        at_tier = [s.user for s in seats if s.tier == tier] or [s.user for s in seats]
        speakers = [u for u in at_tier if language in u.languages] or at_tier
        return rng.choice(speakers) if speakers else self.supervisor


def set_up(now: dt.datetime) -> Cast:
    """Create everybody and everything but tickets. Raises Invalid where such rows exist already."""
    years = range((now - dt.timedelta(days=60)).year, now.year + 2)
    office = _calendar("Oficina Madrid", hours.office(years))
    always = _calendar("Always open", hours.ALWAYS)
    teams = {
        team.key: save_department(
            actor=DEMO, name=team.name, translations={"en": team.name, "es": team.spanish},
            description=team.description, calendar=always if team.always else office, position=position,
        )
        for position, team in enumerate(company.TEAMS)
    }  # fmt: skip
    staff = {person.email: _hire(person, teams) for person in company.STAFF}
    seats: dict[int, list[Seat]] = {department.pk: [] for department in teams.values()}
    for person in company.STAFF:
        for team, tier in person.seats:
            seats[teams[team].pk].append(Seat(staff[person.email], tier))
    mailbox, _created = Mailbox.objects.get_or_create(
        address=settings.SUPPORT_ADDRESS, defaults={"name": "Casa Lumbre", "department": teams["care"]}
    )
    roles = {user.role: user for user in reversed(staff.values())}
    customers, companies = _customers()
    return Cast(
        admin=roles["admin"], supervisor=roles["supervisor"], teams=teams, seats=seats,
        hours={d.pk: (always if d.calendar == always else office).spec for d in teams.values()},
        customers=customers, companies=companies, mailbox=mailbox,
    )  # fmt: skip


def _calendar(name: str, spec: Mapping[str, object]) -> Calendar:
    return Calendar.objects.filter(name=name).first() or create_calendar(actor=DEMO, name=name, hours=spec)


def _hire(person: company.Colleague, teams: dict[str, Department]) -> User:
    user = create_agent(
        actor=DEMO, email=person.email, name=person.name, role=person.role, language=person.language,
        languages=list(person.speaks), skills=list(person.skills), time_zone=company.TIME_ZONE,
        memberships=[(teams[team], tier) for team, tier in person.seats],
    )  # fmt: skip
    return set_status(actor=DEMO, user=user, status=person.status)


def _customers() -> tuple[dict[str, list[Customer]], dict[str, list[Customer]]]:
    organizations = {
        name: Organization.objects.get_or_create(name=name, defaults={"domains": [domain]})[0]
        for name, domain in company.ORGANIZATIONS.items()
    }
    private: dict[str, list[Customer]] = {"es": [], "en": []}
    at_work: dict[str, list[Customer]] = {"es": [], "en": []}
    for place, shopper in enumerate(company.shoppers()):
        customer = new_customer(
            name=shopper.name, email=shopper.email, language=shopper.language, verified=place % 3 != 0
        )
        fields: dict[str, object] = {"time_zone": shopper.time_zone}
        if shopper.organization:
            fields["organization"] = organizations[shopper.organization]
        customer = update_customer(actor=DEMO, customer=customer, **fields)
        (at_work if shopper.organization else private)[shopper.language].append(customer)
    return private, at_work
