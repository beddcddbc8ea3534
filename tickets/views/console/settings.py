"""Settings, for administrators: departments and people; mailboxes and promises to look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from helpdesk.lib.errors import RuleViolation
from helpdesk.people.access import agents_for, by_key, departments_for
from helpdesk.people.models import Department, User
from helpdesk.people.services import create_agent, save_department, update_agent
from helpdesk.web.console import colleague

from ...forms import DepartmentForm, PersonForm
from ...models import Mailbox, SlaPolicy


@colleague("GET", role="admin")
def settings(request: HttpRequest, actor: User) -> HttpResponse:
    context = {
        "nav_active": "settings",
        "departments": departments_for(actor).prefetch_related("memberships").select_related("calendar"),
        "people": agents_for(actor).prefetch_related("memberships__department"),
        "mailboxes": Mailbox.objects.select_related("department"),
        "policies": SlaPolicy.objects.select_related("calendar"),
    }
    return render(request, "console/settings/index.html", context)


@colleague("GET", "POST", role="admin")
def department(request: HttpRequest, actor: User, pk: int | None = None) -> HttpResponse:
    """A new department, or the one with this id."""
    found = by_key(departments_for(actor), pk) if pk is not None else None
    form = DepartmentForm(request.POST or None, initial=DepartmentForm.of(found) if found else None)

    def save() -> object:
        return save_department(actor=actor, department=found, **form.changes())

    title = found.name if found else _("New department")
    return _form_page(request, form, save, title)


@colleague("GET", "POST", role="admin")
def person(request: HttpRequest, actor: User, pk: int | None = None) -> HttpResponse:
    """A new colleague, or the one with this id."""
    found = by_key(agents_for(actor), pk) if pk is not None else None
    departments = list(Department.objects.filter(is_active=True))
    form = PersonForm(request.POST or None, departments=departments, person=found)

    def save() -> object:
        fields, posts = form.changes(), form.memberships()
        if found is None:
            return create_agent(actor=actor, memberships=posts, **fields)
        kept = [(m.department, m.tier) for m in found.memberships.select_related("department").filter(
            department__is_active=False)]  # fmt: skip
        return update_agent(actor=actor, user=found, memberships=posts + kept, **fields)

    return _form_page(request, form, save, found.name if found else _("New colleague"))


def _form_page(request: HttpRequest, form: forms.Form, save: Any, title: str) -> HttpResponse:
    """Show the form; save it, and say at the field what a rule refuses."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("console-settings")
    context = {"nav_active": "settings", "form": form, "title": title}
    return render(request, "console/settings/form.html", context, status=400 if form.errors else 200)
