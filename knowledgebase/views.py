"""The help centre: search first, then shelves; no account, no cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from helpdesk.lib.errors import RuleViolation
from helpdesk.people.models import User
from helpdesk.realtime import limits
from helpdesk.web.http import PageRequest

from . import selectors, services
from .rules import render as render_markdown

LANGUAGES = dict(settings.LANGUAGES)


def _language(request: HttpRequest) -> str:
    """The language of this page: `?lang=` (an address can be shared) before what the browser prefers."""
    asked = request.GET.get("lang", "")
    if asked in LANGUAGES:
        translation.activate(asked)
        request.LANGUAGE_CODE = asked
        return asked
    return (translation.get_language() or "en")[:2]


def _reader(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    language, reader = _language(request), _reader(request)
    context = {
        "shelves": selectors.shelves(language=language, actor=reader),
        "popular": selectors.popular(language=language),
    }
    return render(request, "knowledgebase/home.html", context)


@require_GET
def search(request: PageRequest) -> HttpResponse:
    language = _language(request)
    query = request.GET.get("q", "")[:200]
    hits = selectors.search(query, language=language, actor=_reader(request), limit=20) if query.strip() else []
    template = "knowledgebase/_hits.html" if request.htmx else "knowledgebase/search.html"
    return render(request, template, {"query": query, "hits": hits})


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = selectors.get_category_for(_reader(request), slug, language=_language(request))
    return render(request, "knowledgebase/category.html", {"shelf": shelf})


@require_GET
def article(request: HttpRequest, slug: str) -> HttpResponse:
    language = _language(request)
    text, languages = selectors.get_article_for(_reader(request), slug, language=language)
    services.count_view(text.article)
    context = {
        "text": text,
        "article": text.article,
        "category_name": text.article.category.text_in(language, "name"),
        "body": render_markdown(text.body),
        "languages": [(code, LANGUAGES[code]) for code in languages if code != text.language],
        "other_language": text.language != language,
    }
    return render(request, "knowledgebase/article.html", context)


@require_POST
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    text, _languages = selectors.get_article_for(None, slug, language=_language(request))
    address = request.META.get("REMOTE_ADDR", "")
    if limits.wait_for(f"vote:{address}:{text.article_id}", per_second=1 / 3600, burst=2):
        raise RuleViolation("already_voted", _("You have told us already. Thank you."), status=429)
    services.vote(text.article, helpful=request.POST.get("helpful") == "yes")
    return render(
        request, "knowledgebase/_voted.html", {"article": text.article, "helpful": request.POST.get("helpful") == "yes"}
    )
