"""One ASGI application: pages and API over HTTP, and two sockets."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
_http = get_asgi_application()  # sets Django up; the imports below need it

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from chat.consumers.base import Lost  # noqa: E402
from chat.consumers.console import ConsoleSocket  # noqa: E402
from chat.consumers.origins import OriginGate  # noqa: E402
from chat.consumers.widget import WidgetSocket  # noqa: E402

_sockets = URLRouter(
    [
        path("ws/widget/", WidgetSocket.as_asgi()),
        path("ws/console/", ConsoleSocket.as_asgi()),
        path("<path:rest>", Lost.as_asgi()),
        path("", Lost.as_asgi()),
    ]
)

application = ProtocolTypeRouter({"http": _http, "websocket": OriginGate(_sockets)})
