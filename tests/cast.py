"""The people of every test: the same names stand for the same roles everywhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from helpdesk.people.actors import System
from helpdesk.people.models import Customer, Department, User
from helpdesk.people.services import create_agent, customer_for_email, save_department
from tickets import services
from tickets.models import Ticket

SETUP = System("tests")
PASSWORD = "correct horse battery"


@dataclass
class Cast:
    """Ana answers for Support at tier 1, Bruno at 2, Carmen at 3; Olga works elsewhere; Sara supervises."""

    support: Department
    billing: Department
    ana: User
    bruno: User
    carmen: User
    olga: User
    sara: User
    admin: User
    lucia: Customer
    tom: Customer


def make_cast() -> Cast:
    """Everybody, with addresses of their own, so that tests in parallel never meet."""
    tag = uuid.uuid4().hex[:8]
    support = save_department(actor=SETUP, name=f"Support {tag}", translations={"es": f"Soporte {tag}"})
    billing = save_department(actor=SETUP, name=f"Billing {tag}", translations={"es": f"Facturación {tag}"})

    def colleague(name: str, *posts: tuple[Department, int], role: str = "agent") -> User:
        return create_agent(
            actor=SETUP,
            email=f"{name.split()[0].lower()}-{tag}@desk.example",
            name=name,
            password=PASSWORD,
            role=role,
            memberships=list(posts),
        )

    return Cast(
        support=support,
        billing=billing,
        ana=colleague("Ana Ruiz", (support, 1)),
        bruno=colleague("Bruno Díaz", (support, 2)),
        carmen=colleague("Carmen Vega", (support, 3)),
        olga=colleague("Olga Smith", (billing, 1)),
        sara=colleague("Sara Lund", role="supervisor"),
        admin=colleague("Alex Admin", role="admin"),
        lucia=customer_for_email(email=f"lucia-{tag}@mail.example", name="Lucía Peña", language="es"),
        tom=customer_for_email(email=f"tom-{tag}@mail.example", name="Tom Baker", language="en"),
    )


def open_ticket(cast: Cast, **changes: object) -> Ticket:
    """A ticket of Lucía's at Support, by mail."""
    values: dict[str, object] = {
        "actor": cast.lucia,
        "customer": cast.lucia,
        "subject": "No puedo entrar",
        "text": "Olvidé mi contraseña y el enlace no llega.",
        "channel": "email",
        "department": cast.support,
        **changes,
    }
    return services.open_ticket(**values)  # type: ignore[arg-type]
