"""The portal: a customer's own requests. In by a link that was mailed; the session knows one customer."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.files import services as files
from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.ids import parse_uuid
from helpdesk.people.models import Customer
from helpdesk.people.services import customer_for_email
from helpdesk.realtime import limits

from .. import services
from ..access import get_attachment_for, get_ticket_for
from ..models import Ticket
from ..selectors import portal as selectors
from ..services import outgoing
from ..services import portal as portal_services

SESSION_HOURS = 12
MAX_FILES = 5
P = ParamSpec("P")


class RequestForm(forms.Form):
    """A new request; name and email only from those we do not know yet."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("Your email"), max_length=254)
    subject = forms.CharField(label=gettext_lazy("What is it about?"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("What happened?"),
        widget=forms.Textarea(attrs={"rows": 7}),
        max_length=20_000,
        help_text=gettext_lazy("Order numbers, dates and what you have tried help us to answer at once."),
    )


def customer_of(request: HttpRequest) -> Customer | None:
    """Who this portal session belongs to, or None."""
    entry = request.session.get("portal")
    if not isinstance(entry, dict):
        return None
    if timezone.now().timestamp() - float(entry.get("at", 0)) > SESSION_HOURS * 3600:
        request.session.pop("portal", None)
        return None
    return Customer.objects.filter(pk=int(entry.get("customer", 0)), erased_at=None).first()


def for_customer(
    view: Callable[Concatenate[HttpRequest, Customer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Sends those who are not signed in to the page that mails a link."""

    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        customer = customer_of(request)
        if customer is None:
            if request.method == "GET":
                request.session["portal_next"] = request.path  # where the mailed link leads to in the end
            return redirect("portal-home")
        return view(request, customer, *args, **kwargs)

    functools.update_wrapper(wrapped, view)
    return wrapped


def _render(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"portal/{template}.html", {"nav": "portal", **context}, status=status)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    customer = customer_of(request)
    if customer is None:
        return _render(request, "sign_in", {})
    return _render(request, "home", {"customer": customer, "rows": selectors.requests_of(customer)})


@require_POST
def send_link(request: HttpRequest) -> HttpResponse:
    source = request.META.get("REMOTE_ADDR", "")
    language = translation.get_language() or "en"
    try:
        portal_services.request_link(email=request.POST.get("email", ""), language=language, source=source)
    except RuleViolation as refusal:
        context = {"error": refusal.message, "email": request.POST.get("email", "")}
        return _render(request, "sign_in", context, status=refusal.status)
    return _render(request, "link_sent", {"minutes": portal_services.LINK_MINUTES})


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The link's page. The token stands behind `#` and never reaches a log; a click sends it by POST."""
    if request.method == "GET":
        return _render(request, "enter", {})
    customer, email = portal_services.enter(token=request.POST.get("token", "")[:200])
    request.session.cycle_key()
    request.session["portal"] = {"customer": customer.pk, "email": email, "at": timezone.now().timestamp()}
    return redirect(request.session.pop("portal_next", None) or "portal-home")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    request.session.pop("portal", None)
    return redirect("help-home")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    customer = customer_of(request)
    known = {"name": customer.name, "email": request.session["portal"]["email"]} if customer else {}
    form = RequestForm(request.POST or None, initial=known)
    uid = parse_uuid(request.POST.get("uid")) or uuid.uuid4()
    if customer:
        form.fields["email"].disabled = True
    if request.method == "GET" or not form.is_valid():
        return _render(
            request, "new", {"form": form, "customer": customer, "uid": uid}, status=400 if form.errors else 200
        )
    source = request.META.get("REMOTE_ADDR", "")
    if limits.wait_for(f"portal-new:{source}", per_second=10 / 3600, burst=10):
        form.add_error(None, _("Too many requests from here. Please wait some minutes; what you wrote is kept."))
        return _render(request, "new", {"form": form, "customer": customer, "uid": uid}, status=429)
    ticket = _open(request, customer, form.cleaned_data)
    if customer:
        return redirect("portal-ticket", number=ticket.number)
    return _render(request, "received", {"ticket": ticket, "email": form.cleaned_data["email"]}, status=201)


@transaction.atomic
def _open(request: HttpRequest, customer: Customer | None, data: dict[str, Any]) -> Ticket:
    """The ticket and its acknowledgement: both or neither, and the cap on automatic mail holds until commit."""
    person = customer or customer_for_email(email=data["email"], name=data["name"])
    ticket = services.open_ticket(
        actor=person,
        customer=person,
        subject=data["subject"],
        text=data["body"],
        channel=Ticket.Channel.PORTAL,
        language=translation.get_language() or "en",
        verified=customer is not None,
        author_name=data["name"],
        author_email=data["email"],
        files=_uploads(request),
        key=parse_uuid(request.POST.get("uid")),
    )
    outgoing.queue_acknowledgement(ticket=ticket, recipient=data["email"])
    return ticket


def _uploads(request: HttpRequest) -> list[Any]:
    given = request.FILES.getlist("files")
    if len(given) > MAX_FILES:
        raise RuleViolation("too_many_files", _("At most %(n)s files at once.") % {"n": MAX_FILES}, status=400)
    return [files.store(content=f.read(), filename=f.name or "", content_type=f.content_type or "") for f in given]


@require_GET
@for_customer
def ticket(request: HttpRequest, customer: Customer, number: int) -> HttpResponse:
    found = get_ticket_for(customer, number)
    context = {
        "ticket": found,
        "progress": selectors.progress(found, now=timezone.now()),
        "steps": [(step, selectors.label_of(step)) for step in selectors.STEPS],
        "entries": selectors.conversation(found),
        "rating": getattr(found, "rating", None),
        "customer": customer,
        "uid": uuid.uuid4(),
    }
    return _render(request, "ticket", context)


@require_POST
@for_customer
def reply(request: HttpRequest, customer: Customer, number: int) -> HttpResponse:
    found = get_ticket_for(customer, number)
    services.customer_message(
        actor=customer,
        author=customer,
        ticket=found,
        text=request.POST.get("body", ""),
        channel=Ticket.Channel.PORTAL,
        uid=parse_uuid(request.POST.get("uid")),
        verified=True,
        files=_uploads(request),
    )
    messages.success(request, _("Sent. We will answer here and by email."))
    return redirect("portal-ticket", number=number)


@require_POST
@for_customer
def solve(request: HttpRequest, customer: Customer, number: int) -> HttpResponse:
    services.solve_by_customer(actor=customer, ticket=get_ticket_for(customer, number))
    messages.success(request, _("Marked as solved. You can reopen it at any time."))
    return redirect("portal-ticket", number=number)


@require_POST
@for_customer
def reopen(request: HttpRequest, customer: Customer, number: int) -> HttpResponse:
    services.reopen(actor=customer, ticket=get_ticket_for(customer, number), reason="customer")
    return redirect("portal-ticket", number=number)


@require_POST
@for_customer
def rate(request: HttpRequest, customer: Customer, number: int) -> HttpResponse:
    services.rate(
        actor=customer,
        ticket=get_ticket_for(customer, number),
        score=request.POST.get("score", ""),
        comment=request.POST.get("comment", ""),
    )
    messages.success(request, _("Thank you. Your opinion reaches the person who helped you."))
    return redirect("portal-ticket", number=number)


@require_GET
@for_customer
def file(request: HttpRequest, customer: Customer, uid: uuid.UUID) -> HttpResponse:
    """An attachment of a message of one's own request."""
    return files.response(get_attachment_for(customer, uid).file)  # type: ignore[return-value]
