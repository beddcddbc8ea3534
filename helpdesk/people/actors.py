"""Who acts. Every service takes `actor=` first: a colleague, a customer, or a named part of the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Forbidden

if TYPE_CHECKING:
    from .models import Customer, User


@dataclass(frozen=True)
class System:
    """A part of the product that acts by itself: "sla", "mail", "chat", "demo"."""

    name: str

    @property
    def pk(self) -> None:
        return None


Actor: TypeAlias = "User | Customer | System"

SLA = System("sla")
MAIL = System("mail")
CHAT = System("chat")


def kind_of(actor: Actor) -> str:
    """ "agent", "customer" or "system", as the API names authors."""
    from .models import Customer, User

    if isinstance(actor, User):
        return "agent"
    return "customer" if isinstance(actor, Customer) else "system"


def staff(actor: Actor) -> User | None:
    """The colleague behind `actor`, or None."""
    from .models import User

    return actor if isinstance(actor, User) else None


def require_staff(actor: Actor) -> None:
    """Refuse customers and inactive colleagues; the system may."""
    if isinstance(actor, System):
        return
    user = staff(actor)
    if user is None or not user.is_active:
        raise Forbidden(_("Only the support team can do this."))


def require_admin(actor: Actor) -> None:
    """Refuse all but administrators (and the system)."""
    require_staff(actor)
    user = staff(actor)
    if user is not None and user.role != user.Role.ADMIN:
        raise Forbidden(_("Only an administrator can do this."))


def require_supervisor(actor: Actor) -> None:
    """Refuse agents; supervisors and administrators may."""
    require_staff(actor)
    user = staff(actor)
    if user is not None and not user.is_supervisor:
        raise Forbidden(_("Only a supervisor can do this."))
