"""Customers, the addresses by which we know them, and their organizations."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.text import initials

from .staff import LANGUAGES


class Organization(models.Model):
    name = models.CharField(max_length=160, unique=True)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        indexes = [GinIndex(fields=["domains"], name="organization_domains")]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person who asks. Names and addresses are claims until an identity is verified."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=160, blank=True)
    email = models.EmailField(max_length=254, blank=True)  # where answers go; may be an unverified claim
    language = models.CharField(max_length=5, choices=LANGUAGES, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.SET_NULL, related_name="customers"
    )
    notes = models.TextField(blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["email"], name="customer_email_exact"),  # stored in lower case
            GinIndex(fields=["email"], name="customer_email_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["name"], name="customer_name_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email or str(_("Visitor"))

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)


class Identity(models.Model):
    """One way in which a customer shows up. Only a secret, a signed token or a magic link verifies it.

    Unverified identities may be claimed by many (anyone can type an address); a verified one belongs
    to one customer.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("Email")
        PHONE = "phone", _("Phone")
        EXTERNAL = "external", _("Your site's account")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="identity_once_per_customer"),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(verified_at__isnull=False),
                name="identity_verified_once",
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="identity_lookup")]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"
