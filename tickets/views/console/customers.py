"""Customers: search first, then one with identities and tickets."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from helpdesk.lib.errors import RuleViolation
from helpdesk.people.access import customers_for
from helpdesk.people.filters import CustomerFilter
from helpdesk.people.models import Customer, User
from helpdesk.people.services import update_customer
from helpdesk.web.console import colleague

from ...access import tickets_for
from ...forms import CustomerForm
from .inbox import whole

PAGE = 50
TICKETS = 50


@colleague("GET", query=frozenset({"search", "before"}))
def customers(request: HttpRequest, actor: User) -> HttpResponse:
    """The latest customers, or those whose name or address holds the words; pages go by id."""
    search = request.GET.get("search", "").strip()[:200]
    rows = customers_for(actor).filter(erased_at=None).order_by("-pk")
    if search:
        rows = CustomerFilter({"search": search}, queryset=rows).qs
    if before := whole("before", request.GET.get("before")):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    more = len(found) > PAGE
    query = {**({"search": search} if search else {}), "before": found[PAGE - 1].pk if more else 0}
    context = {
        "nav_active": "customers",
        "customers": found[:PAGE],
        "search": search,
        "next_url": f"/console/customers/?{urlencode(query)}" if more else "",
    }
    return render(request, "console/customers.html", context)


@colleague("GET", "POST")
def customer(request: HttpRequest, actor: User, uid: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(customers_for(actor), uid=uid)
    form = CustomerForm(request.POST or None, initial={f: getattr(found, f) for f in CustomerForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            update_customer(actor=actor, customer=found, **form.cleaned_data)
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("console-customer", uid=found.uid)
    return render(request, "console/customer.html", _shown(actor, found, form), status=400 if form.errors else 200)


def _shown(actor: User, found: Customer, form: CustomerForm) -> dict[str, Any]:
    rows = tickets_for(actor).filter(customer=found).select_related("assignee", "department").order_by("-updated_at")
    tickets = list(rows[: TICKETS + 1])
    return {
        "nav_active": "customers",
        "customer": found,
        "identities": found.identities.all(),
        "tickets": tickets[:TICKETS],
        "more": len(tickets) > TICKETS,
        "form": form,
    }
