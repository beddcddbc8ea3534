"""Colleagues: accounts, departments, who stands at which tier, and their API tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.text import initials, normalize_email

LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A colleague with a usable password, or an unusable one when `password` is None."""
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        fields.setdefault("name", email.split("@")[0])
        return self.create_user(email, password, role=User.Role.ADMIN, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalize_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A colleague who signs in with an email address."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        SUPERVISOR = "supervisor", _("Supervisor")
        ADMIN = "admin", _("Administrator")

    class Status(models.TextChoices):
        """What the agent has chosen; whether a socket is open is another matter (presence)."""

        ONLINE = "online", _("Online")
        AWAY = "away", _("Away")
        TRANSFERS_ONLY = "transfers_only", _("Transfers only")
        OFFLINE = "offline", _("Offline")

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)  # spoken to customers
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    status = models.CharField(max_length=15, choices=Status.choices, default=Status.OFFLINE)
    status_since = models.DateTimeField(default=timezone.now)
    chat_capacity = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(50)])
    ticket_capacity = models.PositiveSmallIntegerField(default=30, validators=[MaxValueValidator(1000)])
    photo = models.ForeignKey("files.StoredFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["agent", "supervisor", "admin"]), name="user_role"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether Django's own admin site lets them in: operators only."""
        return self.is_active and self.role == self.Role.ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def is_supervisor(self) -> bool:
        return self.role in {self.Role.SUPERVISOR, self.Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    def department_ids(self) -> list[int]:
        """Departments this colleague belongs to (one query)."""
        return list(self.memberships.values_list("department_id", flat=True))


class Department(models.Model):
    """A team with its own hours. `translations` maps a language to the name customers read in it."""

    name = models.CharField(max_length=80, unique=True)
    translations = models.JSONField(default=dict, blank=True)
    description = models.CharField(max_length=200, blank=True)
    calendar = models.ForeignKey(
        "hours.Calendar", null=True, blank=True, on_delete=models.PROTECT, related_name="departments"
    )
    sender_address = models.EmailField(max_length=254, blank=True)  # empty: the support address
    is_public = models.BooleanField(default=True)  # offered to customers
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str | None = None) -> str:
        """The name in `language` (default: the active one), falling back to the main name."""
        code = (language or get_language() or "en")[:2]
        return str(self.translations.get(code) or self.name)


class Membership(models.Model):
    """`user` serves `department` at `tier`, on `channels` (empty: all of them)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="memberships")
    tier = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(3)])
    channels = ArrayField(models.CharField(max_length=10), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "department"], name="membership_once"),
            models.CheckConstraint(condition=Q(tier__gte=1, tier__lte=3), name="membership_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.department} · {self.tier}"


class ApiToken(models.Model):
    """A bearer token of one colleague; only its SHA-256 is stored."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    hint = models.CharField(max_length=12)  # first characters, to recognise it in a list
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.hint}… ({self.user})"

    def is_valid(self, now: Any) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
