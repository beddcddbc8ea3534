"""The widget's HTTP doors, mounted at /widget/. The conversation itself runs on the socket."""

from __future__ import annotations

import hashlib
import uuid
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt

from helpdesk.files import services as files
from helpdesk.files.models import StoredFile
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.people.models import User
from tickets.models import Attachment

from . import selectors, services
from .doors import address, attempt, bearer, body, checked_key, declared_length, door, limit
from .models import Visitor
from .services.live import attachment_json

LOADER_SECONDS = 300
RESULTS = 5
LANGUAGES = ("en", "es")


@lru_cache(maxsize=1)
def _loader() -> tuple[bytes, str]:
    content = (settings.BASE_DIR / "static" / "widget" / "loader.js").read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@door("GET", "HEAD", query=frozenset({"v"}))
def loader(request: HttpRequest) -> HttpResponse:
    """The script of host pages. At one address for ever, so it is remembered for minutes only."""
    if settings.DEBUG:
        _loader.cache_clear()
    content, etag = _loader()
    if request.headers.get("If-None-Match") == etag:
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    answer["ETag"] = etag
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(answer, public=True, max_age=LOADER_SECONDS)
    return answer


def _language(request: HttpRequest) -> str:
    """`?lang=`, else what the browser prefers."""
    given = request.GET.get("lang", "")[:2].lower()
    return given if given in LANGUAGES else (get_language() or "en")[:2]


@door("GET", query=frozenset({"lang"}))
def demo(request: HttpRequest) -> HttpResponse:
    """A host page to try the widget on."""
    language = _language(request)
    with override(language):
        return render(request, "chat/widget/demo.html", {"key": settings.WIDGET_KEY, "language": language})


@xframe_options_exempt
@door("GET", query=frozenset({"key", "lang"}))
def panel(request: HttpRequest) -> HttpResponse:
    """The widget's inside, framed by host pages: only by ours and those of WIDGET_ORIGINS."""
    checked_key(request.GET.get("key"))
    language = _language(request)
    config = {
        "key": settings.WIDGET_KEY,
        "language": language,
        "status_url": "/widget/status/",
        "session_url": "/widget/session/",
        "search_url": "/widget/search/",
        "request_url": "/widget/request/",
        "upload_url": "/widget/upload/",
        "socket_path": "/ws/widget/",
        "max_chars": settings.MAX_MESSAGE_CHARS,
        "brand": {"name": settings.BRAND_NAME, "color": settings.BRAND_COLOR},
    }
    with override(language):
        answer = render(
            request,
            "chat/widget/panel.html",
            {"key": settings.WIDGET_KEY, "language": language, "config": config, "config_json": config},
        )
    answer._csp_replace = {"frame-ancestors": ["'self'", *settings.WIDGET_ORIGINS]}  # type: ignore[attr-defined]
    return answer


@door("GET", query=frozenset({"key", "lang"}))
def status(request: HttpRequest) -> HttpResponse:
    """Is somebody there? Sets no cookie, writes no row."""
    checked_key(request.GET.get("key"))
    with override(_language(request)):
        return JsonResponse(selectors.status())


@door("GET", query=frozenset({"key", "q", "lang"}))
def search(request: HttpRequest) -> HttpResponse:
    """Published articles for what the visitor types."""
    checked_key(request.GET.get("key"))
    limit(f"widget-search:{address(request)}", per_minute=240, burst=60)
    from knowledgebase import selectors as articles

    language = _language(request)
    query = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    with override(language):
        found = articles.search(query, language=language, actor=None, limit=RESULTS) if query else []
    return JsonResponse({"results": [{"title": r.title, "snippet": r.snippet, "url": r.url} for r in found]})


@door("POST")
def session(request: HttpRequest) -> HttpResponse:
    """A new visitor and their token; asked for when the visitor first needs one."""
    given = body(request, frozenset({"key"}))
    checked_key(given["key"])
    rate = settings.WIDGET_SESSIONS_PER_MINUTE
    limit(f"widget-session:{address(request)}", per_minute=rate, burst=rate)
    made, token = services.start_session(language=_language(request))
    return JsonResponse({"token": token, "expires_at": made.expires_at.isoformat(), "status": selectors.status()})


@door("POST")
def leave_request(request: HttpRequest) -> HttpResponse:
    """A message to be answered by mail."""
    given = body(request, frozenset({"key", "email", "text"}), frozenset({"name", "subject"}))
    checked_key(given["key"])
    limit(f"widget-request:{address(request)}", per_minute=20, burst=20)
    try:
        ticket = services.leave_request(
            name=given.get("name", ""), email=given["email"], subject=given.get("subject", ""), text=given["text"],
            key=attempt(request),
        )  # fmt: skip
    except Invalid as refusal:
        raise Invalid("text" if refusal.field == "body" else refusal.field or "text", refusal.message) from None
    return JsonResponse({"ticket": ticket.number}, status=201)


def _visitor(request: HttpRequest) -> Visitor:
    token = bearer(request.headers)
    return services.authenticate(token).visitor


@door("POST")
def upload(request: HttpRequest) -> HttpResponse:
    """A file from the visitor (multipart, one part `file`, `id` a UUID): a message with it attached.

    201 {"id","filename","content_type","size","url","seq","ticket"}; the same `id` twice stores one.
    """
    visitor = _visitor(request)
    limit(f"widget-upload:{visitor.pk}", per_minute=20, burst=10)
    if request.content_type != "multipart/form-data":
        raise RuleViolation("media_type", _("Send multipart/form-data."), status=415)
    if declared_length(request) > settings.MAX_UPLOAD_BYTES + 64 * 1024:
        raise RuleViolation("too_large", _("The file is too large."), status=413)
    if unknown := (set(request.POST) | set(request.FILES)) - {"file", "id"}:
        raise Invalid(sorted(unknown)[0][:40], _("Unknown field."), code="unknown_field")
    given = request.FILES.get("file")
    if given is None:
        raise Invalid("file", _("Choose a file."), code="required")
    uid = _upload_id(request.POST.get("id"))
    known = _attached(visitor, uid)
    if known is None:
        stored = files.store(content=given.read(), filename=given.name or "", content_type=given.content_type or "")
        services.visitor_send(visitor=visitor, uid=uid, text=stored.filename, files=[stored])
        known = _attached(visitor, uid)
    if known is None:
        raise RuleViolation("idempotency_mismatch", _("This id was used for another message."), status=409)
    message = known.message
    assert message is not None  # _attached asks for attachments of messages
    answer: dict[str, Any] = {**attachment_json(known), "seq": message.public_seq, "ticket": message.ticket.number}
    return JsonResponse(answer, status=201)


def _upload_id(given: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(given) if given else uuid.uuid4()
    except ValueError:
        raise Invalid("id", _("A UUID.")) from None


def _attached(visitor: Visitor, uid: uuid.UUID) -> Attachment | None:
    rows = Attachment.objects.filter(message__uid=uid, message__ticket__chats__visitor=visitor)
    return rows.select_related("file", "message__ticket").first()


@door("GET")
def attachment(request: HttpRequest, uid: uuid.UUID) -> Any:
    """A file of the visitor's own conversation; 404 for all else."""
    visitor = _visitor(request)
    rows = Attachment.objects.filter(uid=uid, message__ticket__chats__visitor=visitor)
    found = rows.select_related("file").first()
    if found is None:
        raise Http404
    return files.response(found.file)


@door("GET")
def face(request: HttpRequest, key: uuid.UUID) -> Any:
    """An agent's photo, for visitors. Only photos: no other file is found here."""
    stored = StoredFile.objects.filter(pk=key).first()
    if stored is None or not User.objects.filter(photo=stored, is_active=True).exists():
        raise Http404
    return files.response(stored)
