"""Search of the help centre: stemmed, accent-free, forgiving."""

from __future__ import annotations

import pytest
from django.test import Client

from helpdesk.lib.errors import RuleViolation
from knowledgebase import selectors, services
from knowledgebase.models import Article, Category
from knowledgebase.rules import prefix_query, render
from tests.cast import SETUP, make_cast


@pytest.fixture
def article() -> Article:
    category = services.save_category(actor=SETUP, slug="account", name="Account")
    return services.save_article(
        actor=SETUP, slug="reset-password", category=category, status="published",
        translations={
            "es": {"title": "Cambiar sus contraseñas", "body": "Para **restablecer** las contraseñas abra *Cuenta*."},
            "en": {"title": "Change your passwords", "body": "To reset passwords, open *My account*."},
        },
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "language", "title"),
    [
        ("contrasena", "es", "Cambiar sus contraseñas"),
        ("CONTRASEÑA", "es", "Cambiar sus contraseñas"),
        ("restableciendo contraseña", "es", "Cambiar sus contraseñas"),
        ("contras", "es", "Cambiar sus contraseñas"),
        ("resetting password", "en", "Change your passwords"),
        ("pasword", "en", "Change your passwords"),
        ("contraseñas", "en", "Cambiar sus contraseñas"),
    ],
)
def test_finds(article: Article, words: str, language: str, title: str) -> None:
    assert title in [hit.title for hit in selectors.search(words, language=language)]


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "   ", "!!!", "& | ! ( ) :*", "a' OR 1=1 --", "\x00", "zzzzqqqq", "x" * 5000])
def test_hostile_or_fruitless_words_find_nothing_and_break_nothing(article: Article, words: str) -> None:
    assert selectors.search(words, language="es") == []


@pytest.mark.django_db
def test_drafts_are_found_by_colleagues_only(article: Article) -> None:
    cast = make_cast()
    Article.objects.filter(pk=article.pk).update(status="draft")
    assert selectors.search("contrasena", language="es") == []
    assert selectors.search("contrasena", language="es", actor=cast.lucia) == []
    assert selectors.search("contrasena", language="es", actor=cast.ana)
    assert Client().get("/help/reset-password/").status_code == 404


@pytest.mark.django_db
def test_pages_speak_the_language_asked_for(article: Article) -> None:
    client = Client()
    assert "Cambiar sus contraseñas" in client.get("/help/reset-password/?lang=es").content.decode()
    page = client.get("/help/", headers={"accept-language": "es"}).content.decode()
    assert "Cambiar sus contraseñas" in page
    found = client.get("/help/search/?q=contrasena&lang=es").content.decode()
    assert "Cambiar sus contraseñas" in found
    assert "<mark>" in found


@pytest.mark.django_db
def test_reading_sets_no_cookie_and_counts_a_view(article: Article) -> None:
    response = Client().get("/help/")
    assert not {name for name in response.cookies if name == "hd_session"}
    Client().get("/help/reset-password/")
    article.refresh_from_db()
    assert article.views == 1


@pytest.mark.django_db
def test_agents_do_not_publish() -> None:
    cast = make_cast()
    category = Category.objects.create(slug="x", name="X")
    with pytest.raises(RuleViolation) as refusal:
        services.save_article(
            actor=cast.ana, slug="a", category=category, translations={"en": {"title": "T", "body": "B"}}
        )
    assert refusal.value.code == "forbidden"
    assert not Article.objects.filter(slug="a").exists()


@pytest.mark.parametrize(
    ("markdown", "absent"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ("![x](http://evil/x.png)", "<img"),
        ('<a href="x" onclick="y">z</a>', "<a "),
    ],
)
def test_articles_cannot_carry_scripts(markdown: str, absent: str) -> None:
    assert absent not in render(markdown)


def test_only_words_reach_the_prefix_query() -> None:
    assert prefix_query("foo & bar | !(baz):* 'x") == "foo & bar & baz & x:*"


@pytest.mark.django_db
def test_an_edit_keeps_the_readers_counted_meanwhile(article: Article) -> None:
    edited = Article.objects.get(pk=article.pk)
    services.count_view(article)
    services.vote(article, helpful=True)
    services.save_article(
        actor=SETUP, slug=edited.slug, category=edited.category, translations={}, status=edited.status, article=edited
    )
    after = Article.objects.get(pk=article.pk)
    assert (after.views, after.helpful) == (article.views + 1, article.helpful + 1)
