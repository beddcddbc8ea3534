from __future__ import annotations

from django.urls import path

from helpdesk.web.parameters import takes

from ..views import portal

urlpatterns = [
    path("", takes(portal.home), name="portal-home"),
    path("link/", takes(portal.send_link), name="portal-link"),
    path("enter/", takes(portal.enter), name="portal-enter"),
    path("leave/", takes(portal.leave), name="portal-leave"),
    path("new/", takes(portal.new), name="portal-new"),
    path("files/<uuid:uid>/", takes(portal.file), name="portal-file"),
    path("<int:number>/", takes(portal.ticket), name="portal-ticket"),
    path("<int:number>/reply/", takes(portal.reply), name="portal-reply"),
    path("<int:number>/solve/", takes(portal.solve), name="portal-solve"),
    path("<int:number>/reopen/", takes(portal.reopen), name="portal-reopen"),
    path("<int:number>/rate/", takes(portal.rate), name="portal-rate"),
]
