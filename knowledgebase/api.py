"""`articles` and `categories`. Published articles are public; the rest is for staff; supervisors write."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.errors import Invalid
from helpdesk.lib.filters import AnyOf
from helpdesk.people.access import by_key
from helpdesk.people.models import LANGUAGES, User
from helpdesk.web.rest import (
    ApiViewSet,
    StaffPermission,
    StrictModelSerializer,
    SupervisorWrites,
    actor_of,
)

from . import selectors, services
from .models import Article, ArticleTranslation, Category


class CategorySerializer(StrictModelSerializer):
    """A shelf of the help centre. `translations` maps a language to {"name","description"}."""

    translations = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(max_length=240, allow_blank=True)), required=False
    )

    class Meta:
        model = Category
        fields = ["id", "slug", "name", "description", "translations", "icon", "position"]
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {"slug": {"validators": []}}


class CategoryApi(mixins.ListModelMixin, ApiViewSet):
    """Categories of articles. Staff read, supervisors write."""

    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    permission_classes = [SupervisorWrites]
    orderings = {"position": "position", "name": "name"}
    ordering = "position"

    def retrieve(self, request: Request, pk: str) -> Response:
        """One category."""
        return Response(self.get_serializer(by_key(self.get_queryset(), pk)).data)

    def create(self, request: Request) -> Response:
        """Add a category."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        if Category.objects.filter(slug=slugify(form.validated_data["slug"])[:60]).exists():
            raise Invalid("slug", _("A category with this address exists already."), code="taken")
        made = services.save_category(actor=actor_of(request), **form.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class TranslationSerializer(StrictModelSerializer):
    """The article in one language; `body` is Markdown."""

    class Meta:
        model = ArticleTranslation
        fields = ["language", "title", "summary", "body", "keywords"]


class ArticleSerializer(StrictModelSerializer):
    """An article, in as many languages as it is written in. `category` by its id."""

    translations = TranslationSerializer(many=True)

    class Meta:
        model = Article
        fields = [
            "id", "slug", "category", "status", "position", "translations", "views", "helpful", "unhelpful",
            "published_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["views", "helpful", "unhelpful", "published_at"]
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {"slug": {"validators": []}}


class ArticleFilter(django_filters.FilterSet):  # type: ignore[misc]
    slug = django_filters.CharFilter(help_text="The article at this address.")
    status = AnyOf(choices=Article.Status.choices)
    category = django_filters.CharFilter(method="on_shelf", help_text="A category's id or slug.")
    language = django_filters.ChoiceFilter(
        choices=LANGUAGES, field_name="translations__language", help_text="Articles written in `en` or `es`."
    )
    search = django_filters.CharFilter(method="find", help_text="Words, stemmed and without regard to accents.")

    def on_shelf(self, queryset: Any, name: str, value: str) -> Any:
        if value.isascii() and value.isdigit() and len(value) <= 18:
            return queryset.filter(category=int(value))
        return queryset.filter(category__slug=value)

    def find(self, queryset: Any, name: str, value: str) -> Any:
        language = self.data.get("language") or "en"
        user = getattr(self.request, "user", None)
        hits = selectors.search(value, language=language, actor=user if isinstance(user, User) else None, limit=100)
        return queryset.filter(pk__in=[hit.article_id for hit in hits])


class PublicReads(StaffPermission):
    """Anyone reads (what is published); supervisors and administrators write. A token that is sent must be good."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in permissions.SAFE_METHODS and not isinstance(request.user, User):
            return True
        return SupervisorWrites().has_permission(request, view)


class ArticleApi(mixins.ListModelMixin, ApiViewSet):
    """Articles of the help centre. Without a token: those that are published."""

    queryset = Article.objects.none()
    serializer_class = ArticleSerializer
    permission_classes = [PublicReads]
    filterset_class = ArticleFilter
    orderings = {"position": "position", "created_at": "created_at", "updated_at": "updated_at", "views": "views"}
    ordering = "position"

    def get_queryset(self) -> Any:
        user = self.request.user
        articles = Article.objects.all().visible_to(user if isinstance(user, User) else None)
        return articles.prefetch_related("translations")

    def retrieve(self, request: Request, pk: str) -> Response:
        """One article, in all its languages."""
        return Response(self.get_serializer(by_key(self.get_queryset(), pk)).data)

    def create(self, request: Request) -> Response:
        """Write an article."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        article = services.save_article(actor=actor_of(request), **_texts(form.validated_data))
        return self._answer(article, status.HTTP_201_CREATED)

    @extend_schema(request=ArticleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an article. Languages that are sent replace what they said; others stay."""
        form = self.get_serializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with transaction.atomic():
            article = by_key(self.get_queryset().select_for_update(of=("self",)), pk)
            known = {name: getattr(article, name) for name in ("slug", "category", "status", "position")}
            changes = {"translations": {}, **known, **_texts(form.validated_data)}
            services.save_article(actor=actor_of(request), article=article, **changes)
        return self._answer(article)

    def _answer(self, article: Article, code: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=article.pk)).data, status=code)


def _texts(data: Any) -> dict[str, Any]:
    """The form's data with translations as the service takes them: {language: texts}."""
    if "translations" not in data:
        return dict(data)
    return {**data, "translations": {t["language"]: t for t in data["translations"]}}


router_entries = [("articles", ArticleApi, "article"), ("categories", CategoryApi, "category")]
