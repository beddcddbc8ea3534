"""The people, articles and promises of the browser tests, made through the services on their own stack.

`python -m tests.browser.seed` prints one line of JSON: what the tests need to know.
"""

from __future__ import annotations

import json
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402

from helpdesk.people.actors import System  # noqa: E402
from helpdesk.people.models import Department  # noqa: E402
from helpdesk.people.services import create_agent, save_department  # noqa: E402
from knowledgebase.services import save_article, save_category  # noqa: E402
from tickets.services.policies import create_policy  # noqa: E402

SETUP = System("tests")
PASSWORD = "correct horse battery"
# Words in the first message that put a ticket under the quick policy.
QUICK = "lámpara rota"


def colleagues(support: Department) -> dict[str, dict[str, Any]]:
    """Elena and Ben at the front, Bruno and Carmen behind them, Sara supervises, Alex administers."""
    cast: dict[str, tuple[str, dict[str, Any]]] = {
        "elena": ("Elena Ruiz", {"language": "es", "memberships": [(support, 1)]}),
        "ben": ("Ben Carter", {"language": "en", "memberships": [(support, 1)]}),
        "bruno": ("Bruno Díaz", {"language": "es", "memberships": [(support, 2)]}),
        "carmen": ("Carmen Vega", {"language": "en", "memberships": [(support, 3)]}),
        "sara": ("Sara Lund", {"language": "en", "role": "supervisor"}),
        "alex": ("Alex Admin", {"language": "en", "role": "admin"}),
    }
    made = {}
    for key, (name, fields) in cast.items():
        email = f"{key}@desk.example"
        user = create_agent(actor=SETUP, email=email, name=name, password=PASSWORD, chat_capacity=20, **fields)
        made[key] = {"id": user.pk, "email": email, "name": name, "password": PASSWORD}
    return made


def articles() -> None:
    shelf = save_category(
        actor=SETUP, slug="account", name="Account", translations={"es": {"name": "Su cuenta"}}
    )  # fmt: skip
    save_article(
        actor=SETUP, slug="reset-password", category=shelf, status="published",
        translations={
            "es": {
                "title": "Restablecer contraseñas olvidadas",
                "summary": "Qué hacer si no puede entrar.",
                "body": "Pulse **¿Olvidó su contraseña?** y siga el enlace que le enviamos.",
            },
            "en": {
                "title": "Resetting forgotten passwords",
                "summary": "What to do when you cannot get in.",
                "body": "Choose **Forgot your password?** and follow the link that we mail you.",
            },
        },
    )  # fmt: skip


def promises() -> None:
    """Everybody is promised an hour; one kind of words is promised three seconds, and then climbs."""
    create_policy(
        actor=SETUP, name="Standard", position=2,
        targets=[
            {"metric": "first_reply", "priority": None, "seconds": 3600, "business": False},
            {"metric": "resolution", "priority": None, "seconds": 86_400, "business": False},
        ],
        ladder=[],
    )  # fmt: skip
    create_policy(
        actor=SETUP, name="Quick", position=1,
        conditions={"all": [{"field": "subject", "operator": "contains", "value": QUICK}]},
        targets=[{"metric": "first_reply", "priority": None, "seconds": 3, "business": False}],
        ladder=[
            {"metric": "first_reply", "at_percent": 100, "action": "raise_tier", "params": {"to": 2}},
            {"metric": "first_reply", "after_seconds": 2, "action": "raise_tier", "params": {"to": 3}},
        ],
    )  # fmt: skip


def main() -> None:
    support = save_department(actor=SETUP, name="Support", translations={"es": "Soporte"}, position=1)
    made = colleagues(support)
    articles()
    promises()
    print(json.dumps({"key": settings.WIDGET_KEY, "people": made, "quick": QUICK}))  # noqa: T201 — its answer


if __name__ == "__main__":
    main()
