from __future__ import annotations

from django.contrib import admin

from .models import Article, ArticleTranslation, Category


class TranslationInline(admin.StackedInline):  # type: ignore[type-arg]
    model = ArticleTranslation
    extra = 0


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("slug", "category", "status", "views", "updated_at")
    list_filter = ("status", "category")
    search_fields = ("slug", "translations__title")
    inlines = (TranslationInline,)


admin.site.register(Category)
