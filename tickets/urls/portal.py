from __future__ import annotations

from django.urls import path

from ..views import portal

urlpatterns = [
    path("", portal.home, name="portal-home"),
    path("link/", portal.send_link, name="portal-link"),
    path("enter/", portal.enter, name="portal-enter"),
    path("leave/", portal.leave, name="portal-leave"),
    path("new/", portal.new, name="portal-new"),
    path("files/<uuid:uid>/", portal.file, name="portal-file"),
    path("<int:number>/", portal.ticket, name="portal-ticket"),
    path("<int:number>/reply/", portal.reply, name="portal-reply"),
    path("<int:number>/solve/", portal.solve, name="portal-solve"),
    path("<int:number>/reopen/", portal.reopen, name="portal-reopen"),
    path("<int:number>/rate/", portal.rate, name="portal-rate"),
]
