"""Articles, in as many languages as they are written in."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.people.actors import Actor, System
from helpdesk.people.models import LANGUAGES, User


class Category(models.Model):
    """A shelf of the help centre. `translations` maps a language to {"name","description"}."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=240, blank=True)
    translations = models.JSONField(default=dict, blank=True)
    icon = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def text_in(self, language: str | None, field: str) -> str:
        """`name` or `description` in `language`, falling back to the main one."""
        code = (language or get_language() or "en")[:2]
        return str(self.translations.get(code, {}).get(field) or getattr(self, field))


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Staff see all; everybody else what is published."""
        if isinstance(actor, System) or (isinstance(actor, User) and actor.is_active):
            return self
        return self.filter(status=Article.Status.PUBLISHED)


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    slug = models.SlugField(max_length=80, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="articles")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    author = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    views = models.PositiveIntegerField(default=0)
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["category", "position", "slug"]

    def __str__(self) -> str:
        return self.slug


# The document in the language's own configuration; a title weighs more than the body.
_CONFIG = (
    "CASE language WHEN 'es' THEN 'public.es_unaccent'::regconfig "
    "WHEN 'en' THEN 'public.en_unaccent'::regconfig ELSE 'public.simple_unaccent'::regconfig END"
)


class ArticleTranslation(models.Model):
    """An article in one language; `body` is Markdown without raw HTML."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=5, choices=LANGUAGES)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    keywords = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    search = models.GeneratedField(
        expression=RawSQL(
            f"setweight(to_tsvector({_CONFIG}, title), 'A') || "
            f"setweight(to_tsvector({_CONFIG}, keywords), 'A') || "
            f"setweight(to_tsvector({_CONFIG}, summary), 'B') || "
            f"setweight(to_tsvector({_CONFIG}, body), 'C')",
            [],
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="article_language_once")]
        indexes = [
            GinIndex(fields=["search"], name="article_search"),
            GinIndex(fields=["title"], name="article_title_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.title
