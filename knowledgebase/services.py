"""Verbs on articles."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from helpdesk.audit.services import record
from helpdesk.lib.errors import Forbidden, Invalid
from helpdesk.lib.text import clean, clean_line
from helpdesk.people.actors import Actor, require_staff, staff

from .models import Article, ArticleTranslation, Category

MAX_BODY = 200_000
WRITTEN = ["slug", "category", "status", "position", "published_at", "updated_at"]


def _require_editor(actor: Actor) -> None:
    require_staff(actor)
    user = staff(actor)
    if user is not None and not user.is_supervisor:
        raise Forbidden(_("Only supervisors and administrators publish articles."))


@transaction.atomic
def save_category(*, actor: Actor, slug: str, name: str, **fields: Any) -> Category:
    """Create or change the category with this slug."""
    _require_editor(actor)
    category, _created = Category.objects.update_or_create(
        slug=slugify(slug)[:60], defaults={"name": clean_line(name, max_length=120), **fields}
    )
    record(actor=actor, action="category.saved", target=category, after={"name": category.name})
    return category


@transaction.atomic
def save_article(
    *,
    actor: Actor,
    slug: str,
    category: Category,
    translations: dict[str, dict[str, str]],
    status: str = Article.Status.DRAFT,
    position: int = 0,
    article: Article | None = None,
) -> Article:
    """Create or change an article. `translations` maps a language to {"title","summary","body","keywords"}.

    Raises Invalid for a missing title or body, an unknown language or a slug that is taken.
    """
    _require_editor(actor)
    if status not in Article.Status.values:
        raise Invalid("status", _("Unknown status."))
    user = staff(actor)
    article = article or Article(author=user)
    before = {"status": article.status, "slug": article.slug} if article.pk else {}
    article.slug, article.category, article.status = slugify(slug)[:80], category, status
    article.position = position
    if not article.slug:
        raise Invalid("slug", _("Write a short name for the address."))
    if status == Article.Status.PUBLISHED and article.published_at is None:
        article.published_at = timezone.now()
    try:
        with transaction.atomic():
            # Not the counters: readers who come meanwhile are counted.
            article.save(update_fields=WRITTEN if article.pk else None)
    except IntegrityError:
        raise Invalid("slug", _("An article with this address exists already."), code="taken") from None
    for language, texts in translations.items():
        _save_translation(article, language, texts)
    if status == Article.Status.PUBLISHED and not article.translations.exists():
        raise Invalid("translations", _("Write the article in one language at least."))
    record(
        actor=actor,
        action="article.saved",
        target=article,
        before=before,
        after={"status": status, "slug": article.slug},
    )
    return article


def _save_translation(article: Article, language: str, texts: dict[str, str]) -> None:
    if language not in ("en", "es"):
        raise Invalid("translations", _("Unknown language."))
    title, body = clean_line(texts.get("title", ""), max_length=200), clean(texts.get("body", "")).strip()
    if not title or not body:
        raise Invalid("translations", _("Every language needs a title and a text."))
    if len(body) > MAX_BODY:
        raise Invalid("translations", _("The article is too long."), code="too_long")
    ArticleTranslation.objects.update_or_create(
        article=article,
        language=language,
        defaults={
            "title": title,
            "body": body,
            "summary": clean_line(texts.get("summary", ""), max_length=300),
            "keywords": clean_line(texts.get("keywords", ""), max_length=300),
        },
    )


def count_view(article: Article) -> None:
    """One more reader. A count, not a record of who."""
    Article.objects.filter(pk=article.pk).update(views=F("views") + 1)


def vote(article: Article, *, helpful: bool) -> None:
    """Someone said whether it helped."""
    field = "helpful" if helpful else "unhelpful"
    Article.objects.filter(pk=article.pk).update(**{field: F(field) + 1})
