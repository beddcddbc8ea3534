"""Mounted at /console/."""

from __future__ import annotations

from django.urls import path

from ..views.console import customers, inbox, me, settings, verbs

urlpatterns = [
    path("", inbox.inbox, name="console-inbox"),
    path("search/", inbox.search, name="console-search"),
    path("views/", inbox.views, name="console-views"),
    path("tickets/<int:number>/", inbox.ticket, name="console-ticket"),
    path("tickets/<int:number>/row/", inbox.row, name="console-ticket-row"),
    path("tickets/<int:number>/update/", inbox.update, name="console-ticket-update"),
    path("tickets/<int:number>/entries/", inbox.entries, name="console-ticket-entries"),
    *(
        path(f"tickets/<int:number>/{name}/", verbs.verb, {"verb": name}, name=f"console-ticket-{name}")
        for name in verbs.VERBS
    ),
    path("files/<uuid:uid>/", me.file, name="console-file"),
    path("status/", me.status, name="console-status"),
    path("notifications/", me.notifications, name="console-notifications"),
    path("notifications/read/", me.read, name="console-notifications-read"),
    path("profile/", me.profile, name="console-profile"),
    path("customers/", customers.customers, name="console-customers"),
    path("customers/<uuid:uid>/", customers.customer, name="console-customer"),
    path("settings/", settings.settings, name="console-settings"),
    path("settings/departments/new/", settings.department, name="console-department-new"),
    path("settings/departments/<int:pk>/", settings.department, name="console-department"),
    path("settings/people/new/", settings.person, name="console-person-new"),
    path("settings/people/<int:pk>/", settings.person, name="console-person"),
]
