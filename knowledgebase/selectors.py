"""What pages and widgets need of the knowledge base."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import Count, F, Prefetch, QuerySet
from django.http import Http404
from django.urls import reverse

from helpdesk.lib.text import clean_line, fold, snippet
from helpdesk.people.actors import Actor

from .models import Article, ArticleTranslation, Category
from .rules import excerpt, prefix_query

CONFIG = {"es": "es_unaccent", "en": "en_unaccent"}
MARK = "\u2402"  # a symbol nobody types: the view turns it into <mark>, after escaping


@dataclass(frozen=True)
class Hit:
    """One found article, in the language in which it was found."""

    article_id: int
    slug: str
    language: str
    title: str
    snippet: str  # plain words
    url: str
    marked: tuple[tuple[str, bool], ...] = ()  # the snippet in pieces: (words, found?)


def _visible(actor: Actor | None) -> QuerySet[ArticleTranslation]:
    articles = Article.objects.all().visible_to(actor)
    return ArticleTranslation.objects.filter(article__in=articles)


def search(query: str, *, language: str, actor: Actor | None = None, limit: int = 10) -> list[Hit]:
    """Articles that match `query`: stemmed, accent-free, the last word also as a beginning.

    The reader's language first; other languages only when it has nothing; at last titles that look alike
    (a typing slip). At most two queries more than one.
    """
    words = clean_line(query, max_length=200)
    for codes in ([language], [c for c in CONFIG if c != language]):
        for code in codes:
            if hits := _full_text(words, code, actor, limit):
                return hits
    return _alike(words, language, actor, limit)


def _full_text(words: str, language: str, actor: Actor | None, limit: int) -> list[Hit]:
    config = CONFIG.get(language, "simple_unaccent")
    text = prefix_query(words)
    if not text:
        return []
    # The prefix of a word that is still being typed is matched unstemmed, whole words by their stems.
    whole = SearchQuery(words, config=config, search_type="websearch")
    match = whole | SearchQuery(text, config=config, search_type="raw")
    rows = (
        _visible(actor)
        .filter(language=language, search=match)
        .annotate(rank=SearchRank(F("search"), match))
        .annotate(
            found=SearchHeadline(
                "body", match, config=config, start_sel=MARK, stop_sel=MARK, max_words=28, min_words=14
            )
        )
        .select_related("article")
        .order_by("-rank", "article_id")[:limit]
    )
    return [_hit(row, row.found) for row in rows]


def _alike(words: str, language: str, actor: Actor | None, limit: int) -> list[Hit]:
    if len(words) < 3:
        return []
    rows = (
        _visible(actor)
        .annotate(likeness=TrigramWordSimilarity(fold(words), "title"))
        .filter(likeness__gte=0.4)
        .select_related("article")
        .order_by("-likeness", "article_id")[: limit * 2]
    )
    own = [r for r in rows if r.language == language]
    return [_hit(row, row.summary or row.body) for row in (own or list(rows))[:limit]]


def _hit(row: ArticleTranslation, found: str) -> Hit:
    pieces = excerpt(found).split(MARK)
    return Hit(
        article_id=row.article_id,
        slug=row.article.slug,
        language=row.language,
        title=row.title,
        snippet=snippet("".join(pieces), 180),
        url=reverse("help-article", args=[row.article.slug]) + f"?lang={row.language}",
        marked=tuple((words, bool(i % 2)) for i, words in enumerate(pieces) if words),
    )


@dataclass(frozen=True)
class Shelf:
    """A category with the titles on it."""

    category: Category
    name: str
    description: str
    count: int
    articles: list[ArticleTranslation]


def _best(translations: list[ArticleTranslation], language: str) -> ArticleTranslation | None:
    by_language = {t.language: t for t in translations}
    return by_language.get(language) or next(iter(by_language.values()), None)


def shelves(*, language: str, actor: Actor | None = None, per_shelf: int = 4) -> list[Shelf]:
    """Categories that have something to read, each with its first articles; three queries."""
    articles = Article.objects.all().visible_to(actor).prefetch_related("translations").order_by("position", "id")
    categories = Category.objects.annotate(total=Count("articles")).filter(total__gt=0)
    result = []
    for category in categories.prefetch_related(Prefetch("articles", queryset=articles)):
        listed = [t for a in category.articles.all() if (t := _best(list(a.translations.all()), language))]
        if listed:
            result.append(
                Shelf(category, category.text_in(language, "name"), category.text_in(language, "description"),
                      len(listed), listed[:per_shelf])
            )  # fmt: skip
    return result


def popular(*, language: str, limit: int = 5) -> list[ArticleTranslation]:
    """The most read published articles in `language`."""
    rows = _visible(None).filter(language=language).select_related("article")
    return list(rows.order_by("-article__views", "article_id")[:limit])


def get_category_for(actor: Actor | None, slug: str, *, language: str) -> Shelf:
    """One category with all that `actor` may read in it; Http404 otherwise."""
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        raise Http404
    rows = category.articles.all().visible_to(actor).prefetch_related("translations").order_by("position", "id")
    listed = [t for a in rows if (t := _best(list(a.translations.all()), language))]
    return Shelf(
        category, category.text_in(language, "name"), category.text_in(language, "description"), len(listed), listed
    )


def get_article_for(actor: Actor | None, slug: str, *, language: str) -> tuple[ArticleTranslation, list[str]]:
    """The article in `language` (or in what there is) and the languages it exists in; Http404 otherwise."""
    article = (
        Article.objects.all()
        .visible_to(actor)
        .select_related("category")
        .prefetch_related("translations")
        .filter(slug=slug)
    ).first()
    translation = _best(list(article.translations.all()), language) if article else None
    if article is None or translation is None:
        raise Http404
    translation.article = article
    return translation, sorted(t.language for t in article.translations.all())
