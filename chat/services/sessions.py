"""Who is at the widget: random tokens, claims, and identities signed by the host site."""

from __future__ import annotations

import datetime as dt
from typing import Any

import jwt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.ids import hash_token, new_token
from helpdesk.lib.text import clean_line
from helpdesk.people.models import Customer, Identity
from helpdesk.people.services import new_customer
from helpdesk.people.services.customers import checked_email

from ..models import Visitor, WidgetSession

# A signed identity is a bearer secret in a page: it may not live longer than this.
LONGEST_IDENTITY = dt.timedelta(hours=24)
CLOCK_SKEW_SECONDS = 30


@transaction.atomic
def start_session(*, language: str = "") -> tuple[WidgetSession, str]:
    """A new visitor and their token, which is shown once."""
    visitor = Visitor.objects.create(language=language if language in ("en", "es") else "")
    return _new_session(visitor)


def _new_session(visitor: Visitor) -> tuple[WidgetSession, str]:
    token = new_token("hdw")
    session = WidgetSession.objects.create(
        visitor=visitor,
        token_hash=hash_token(token),
        expires_at=timezone.now() + dt.timedelta(seconds=settings.WIDGET_TOKEN_SECONDS),
    )
    return session, token


def authenticate(token: str) -> WidgetSession:
    """The live session of `token`, with its visitor. RuleViolation("token_invalid" | "token_expired")."""
    session = (
        WidgetSession.objects.select_related("visitor__customer").filter(token_hash=hash_token(token)).first()
        if token
        else None
    )
    if session is None or session.ended_at is not None:
        raise RuleViolation("token_invalid", _("This conversation is not known here any more."), status=401)
    if session.expires_at <= timezone.now():
        raise RuleViolation("token_expired", _("This conversation has expired."), status=401)
    return session


def still_valid(visitor_id: int) -> bool:
    """Whether the visitor holds any live token (another tab may have renewed the one of this socket)."""
    return WidgetSession.objects.filter(visitor=visitor_id, ended_at=None, expires_at__gt=timezone.now()).exists()


@transaction.atomic
def renew(*, session: WidgetSession) -> tuple[WidgetSession, str] | None:
    """A new token for the same visitor; the old one ends at once. None when it had ended already."""
    ended = WidgetSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=timezone.now())
    return _new_session(session.visitor) if ended else None


# --- what they say of themselves ----------------------------------------------------------------------


@transaction.atomic
def claim(
    *, visitor: Visitor, name: str | None = None, email: str | None = None, page: str | None = None,
    language: str | None = None,
) -> Visitor:  # fmt: skip
    """Note what the visitor typed; None leaves a value as it is. Raises Invalid("email") for no address.

    Their own customer record follows, as long as nothing proved who it is.
    """
    given: dict[str, str] = {}
    if name is not None:
        given["name"] = clean_line(name, max_length=160)
    if email:
        given["email"] = checked_email(email)
    if page is not None:
        given["page"] = clean_line(page, max_length=500)
    if language in ("en", "es"):
        given["language"] = str(language)
    changed = [field for field, value in given.items() if getattr(visitor, field) != value]
    for field in changed:
        setattr(visitor, field, given[field])
    visitor.last_seen_at = timezone.now()
    visitor.save(update_fields=[*changed, "last_seen_at"])
    if {"name", "email"} & set(changed) and visitor.customer_id and visitor.identified_at is None:
        _carry_to_customer(visitor, visitor.customer_id)
    return visitor


def _carry_to_customer(visitor: Visitor, customer_id: int) -> None:
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if customer.erased_at or customer.identities.filter(verified_at__isnull=False).exists():
        return
    if customer.tickets.exclude(chats__visitor=visitor).exists():
        return  # mail from the claimed address has joined: a visitor may not lead its answers elsewhere
    if visitor.email and visitor.email != customer.email:  # an address taken back groups nobody's mail with them
        customer.identities.filter(kind=Identity.Kind.EMAIL, value=customer.email).delete()
    customer.name, customer.email = visitor.name or customer.name, visitor.email or customer.email
    customer.save(update_fields=["name", "email", "updated_at"])
    if visitor.email:
        Identity.objects.get_or_create(customer=customer, kind=Identity.Kind.EMAIL, value=visitor.email)


def ensure_customer(visitor: Visitor) -> Customer:
    """The visitor's customer, made at their first word. A typed address merges with nobody."""
    if visitor.customer is not None and visitor.customer.erased_at is None:
        return visitor.customer
    visitor.customer = new_customer(name=visitor.name, email=visitor.email, language=visitor.language)
    visitor.save(update_fields=["customer"])
    return visitor.customer


# --- what the host site signed ------------------------------------------------------------------------


def read_identity(token: str) -> dict[str, Any]:
    """{"sub","email","name"} of a host site's JWT (HS256, WIDGET_IDENTITY_SECRET, `exp` within 24 h).

    RuleViolation("identity_invalid") for anything else; an empty secret accepts none.
    """
    refusal = RuleViolation("identity_invalid", _("The site's word on who you are could not be checked."), status=400)
    if not settings.WIDGET_IDENTITY_SECRET or len(token) > 4096:
        raise refusal
    try:
        claims = jwt.decode(
            token, settings.WIDGET_IDENTITY_SECRET, algorithms=["HS256"], leeway=CLOCK_SKEW_SECONDS,
            options={"require": ["exp", "sub"], "verify_aud": False},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError):
        raise refusal from None
    limit = (timezone.now() + LONGEST_IDENTITY).timestamp() + CLOCK_SKEW_SECONDS
    subject = clean_line(str(claims["sub"]), max_length=254)
    if not subject or float(claims["exp"]) > limit:
        raise refusal
    found = {"sub": subject, "name": clean_line(str(claims.get("name") or ""), max_length=160), "email": ""}
    if claims.get("email"):
        try:
            found["email"] = checked_email(str(claims["email"]))
        except Invalid:
            raise refusal from None
    return found


@transaction.atomic
def identify(*, visitor: Visitor, token: str) -> Visitor:
    """Tie the visitor to the customer whom the host site's signed token names.

    RuleViolation("identity_invalid"); RuleViolation("session_of_another") when this session already speaks
    for somebody else: a shared browser may not read on.
    """
    who = read_identity(token)
    visitor = Visitor.objects.select_for_update(no_key=True).get(pk=visitor.pk)
    customer = _customer_of(who)
    if visitor.identified_at is not None and visitor.customer_id != customer.pk:
        raise RuleViolation("session_of_another", _("This conversation belongs to somebody else."), status=403)
    if visitor.identified_at is None:
        # Words said before stay with the ticket they are on; the next one is the known customer's.
        visitor.customer, visitor.identified_at = customer, timezone.now()
    visitor.name, visitor.email = who["name"] or customer.name, who["email"] or customer.email
    visitor.save(update_fields=["customer", "identified_at", "name", "email"])
    return visitor


def _customer_of(who: dict[str, Any]) -> Customer:
    known = Identity.objects.select_related("customer").filter(
        kind=Identity.Kind.EXTERNAL, value=who["sub"], verified_at__isnull=False, customer__erased_at=None
    )
    if (row := known.first()) is not None:
        return row.customer
    try:
        with transaction.atomic():  # two tabs may bring the same identity at once; one of them makes it
            customer = _by_proved_email(who["email"]) or new_customer(
                name=who["name"], email=who["email"], verified=True
            )
            Identity.objects.create(
                customer=customer, kind=Identity.Kind.EXTERNAL, value=who["sub"], verified_at=timezone.now()
            )
    except IntegrityError:
        return known.get().customer
    return customer


def _by_proved_email(email: str) -> Customer | None:
    """The host site vouches for the address, so whoever proved it before is the same person. A mere claim is not."""
    row = Identity.objects.select_related("customer").filter(
        kind=Identity.Kind.EMAIL, value=email, verified_at__isnull=False, customer__erased_at=None
    )
    found = row.first() if email else None
    return found.customer if found else None


@transaction.atomic
def forget(*, customer: Customer) -> None:
    """The customer is erased: what their visitors said of themselves goes too, and their tokens end."""
    visitors = Visitor.objects.filter(customer=customer)
    WidgetSession.objects.filter(visitor__in=visitors, ended_at=None).update(ended_at=timezone.now())
    visitors.update(name="", email="", page="", identified_at=None)
