"""Forms of the console. They read what was typed; the services decide."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.hours.models import Calendar
from helpdesk.people.models import LANGUAGES, Department, Organization, User

TIERS = [("", _("Not in this team")), ("1", _("Tier 1")), ("2", _("Tier 2")), ("3", _("Tier 3"))]


class ConsoleForm(forms.Form):
    """Looks the same everywhere: crispy's layout and one primary button."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_method = "post"
        self.helper.layout = Layout(
            *self.fields,
            Div(
                Submit("save", str(_("Save")), css_class="hd-btn hd-btn-primary"),
                HTML('<a class="hd-btn" href="{{ back_url|default:"/console/settings/" }}">{{ cancel }}</a>'),
                css_class="form-foot",
            ),
        )


class CustomerForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", _("Unknown")), *LANGUAGES], required=False)
    organization = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organization.objects.all(), required=False, empty_label=_("None")
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only colleagues see this."),
    )  # fmt: skip


class DepartmentForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("Name for customers, in English"), max_length=80, required=False)
    name_es = forms.CharField(label=_("Name for customers, in Spanish"), max_length=80, required=False)
    calendar = forms.ModelChoiceField(
        label=_("Opening hours"), queryset=Calendar.objects.all(), required=False, empty_label=_("None: always open")
    )
    is_public = forms.BooleanField(label=_("Offered to customers"), required=False, initial=True)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @staticmethod
    def of(department: Department) -> dict[str, Any]:
        """What the form shows of a department that exists."""
        names = {f"name_{code}": department.translations.get(code, "") for code, _name in LANGUAGES}
        return {
            "name": department.name, "calendar": department.calendar_id, "is_public": department.is_public,
            "is_active": department.is_active, **names,
        }  # fmt: skip

    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = {code: data[f"name_{code}"] for code, _name in LANGUAGES if data[f"name_{code}"]}
        kept = {key: data[key] for key in ("name", "calendar", "is_public", "is_active")}
        return {**kept, "translations": names}


class PersonForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Email"), max_length=254)
    password = forms.CharField(
        label=_("First password"), max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Ten characters or more. They can choose another one by “Forgotten it?”."),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role"), choices=User.Role.choices)
    language = forms.ChoiceField(label=_("Language of the console"), choices=LANGUAGES)
    languages = forms.MultipleChoiceField(
        label=_("Speaks with customers"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    chat_capacity = forms.IntegerField(label=_("Chats at a time"), min_value=0, max_value=50, initial=3)
    ticket_capacity = forms.IntegerField(label=_("Tickets at a time"), min_value=0, max_value=1000, initial=30)
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)

    def __init__(self, *args: Any, departments: list[Department], person: User | None, **kwargs: Any) -> None:
        if person is not None:
            kwargs["initial"] = {
                name: getattr(person, name)
                for name in ("name", "email", "role", "language", "languages", "chat_capacity", "ticket_capacity",
                             "is_active")
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.departments = {f"tier_{d.pk}": d for d in departments}
        posts = {m.department_id: m.tier for m in person.memberships.all()} if person else {}
        for name, department in self.departments.items():
            self.fields[name] = forms.ChoiceField(
                label=department.name_in(), choices=TIERS, required=False, initial=str(posts.get(department.pk, ""))
            )
        if person is not None:
            self.fields["email"].disabled = True
            del self.fields["password"]
        foot = self.helper.layout.fields[-1]
        self.helper.layout.fields = [*self.fields, foot]

    def changes(self) -> dict[str, Any]:
        """The account's fields; not the email of an account that exists."""
        fixed = {name for name, field in self.fields.items() if field.disabled}
        return {k: v for k, v in self.cleaned_data.items() if k not in self.departments and k not in fixed}

    def memberships(self) -> list[tuple[Department, int]]:
        chosen = {name: self.cleaned_data[name] for name in self.departments}
        return [(self.departments[name], int(tier)) for name, tier in chosen.items() if tier]
