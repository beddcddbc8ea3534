"""`manage.py create_api_token EMAIL --scope read --scope write`: prints the token, once, alone on stdout."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from helpdesk.lib.text import normalize_email
from helpdesk.people.actors import System
from helpdesk.people.models import ApiToken, User
from helpdesk.people.services import create_api_token


class Command(BaseCommand):
    help = "Makes an API token for a colleague and prints it once: only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose rights the token has")
        parser.add_argument(
            "--scope", action="append", choices=ApiToken.Scope.values, required=True, help="may be given twice"
        )
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--days", type=int, default=None, help="how long it is valid (default: until revoked)")

    def handle(self, *args: Any, email: str, scope: list[str], name: str, days: int | None, **options: Any) -> None:
        user = User.objects.filter(email=normalize_email(email), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active colleague with the address {email!r}.")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days takes 1 to 3650.")
        until = timezone.now() + dt.timedelta(days=days) if days else None
        _row, token = create_api_token(
            actor=System("command line"), user=user, scopes=scope, name=name, expires_at=until
        )
        self.stdout.write(token)
