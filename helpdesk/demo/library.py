"""The help centre's articles: Markdown files beside this module, one a language."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from helpdesk.people.models import User
from knowledgebase.models import Article, Category
from knowledgebase.services import save_article, save_category

FOLDER = Path(__file__).parent / "articles"

# slug: (English name, English description, icon, Spanish name, Spanish description)
SHELVES = {
    "account": (
        "Your account", "Signing in, passwords, addresses", "user",
        "Su cuenta", "Entrar, contraseñas, direcciones",
    ),
    "orders": (
        "Orders and delivery", "When it comes, and how to change it", "truck",
        "Pedidos y envíos", "Cuándo llega y cómo cambiarlo",
    ),
    "returns": (
        "Returns and warranty", "Send back, replace, repair", "refresh",
        "Devoluciones y garantía", "Devolver, cambiar, reparar",
    ),
    "lamps": (
        "Lamps and bulbs", "Hang, dim, change the bulb", "bulb",
        "Lámparas y bombillas", "Colgar, regular, cambiar la bombilla",
    ),
    "billing": (
        "Payments and invoices", "Ways to pay, invoices, VAT", "receipt",
        "Pagos y facturas", "Formas de pago, facturas, IVA",
    ),
}  # fmt: skip

# (slug, shelf, readers in the last months, how many it helped, how many it did not)
ARTICLES = (
    ("reset-password", "account", 1840, 212, 14),
    ("change-address", "account", 760, 88, 9),
    ("shop-and-hours", "account", 1310, 96, 3),
    ("delivery-times", "orders", 3120, 301, 41),
    ("change-or-cancel-order", "orders", 1120, 121, 22),
    ("returns", "returns", 2480, 264, 17),
    ("damaged-on-arrival", "returns", 540, 71, 5),
    ("warranty-and-repairs", "returns", 690, 93, 4),
    ("choose-a-bulb", "lamps", 1570, 187, 8),
    ("dimmers", "lamps", 980, 142, 19),
    ("hang-cupula", "lamps", 430, 64, 6),
    ("invoices", "billing", 1260, 133, 12),
    ("payments", "billing", 890, 77, 15),
)


def read_article(path: Path) -> dict[str, str]:
    """{"title","summary","keywords","body"} of one file: `name: value` lines, an empty line, Markdown."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return {**fields, "body": body.strip()}


def fill(author: User, now: dt.datetime) -> int:
    """Publish every article in Spanish and English. Returns how many."""
    shelves: dict[str, Category] = {}
    for position, (slug, (name, text, icon, spanish, spanish_text)) in enumerate(SHELVES.items()):
        shelves[slug] = save_category(
            actor=author, slug=slug, name=name, description=text, icon=icon, position=position,
            translations={"es": {"name": spanish, "description": spanish_text}},
        )  # fmt: skip
    for position, (slug, shelf, views, helpful, unhelpful) in enumerate(ARTICLES):
        article = save_article(
            actor=author, slug=slug, category=shelves[shelf], status=Article.Status.PUBLISHED, position=position,
            translations={code: read_article(FOLDER / code / f"{slug}.md") for code in ("es", "en")},
        )  # fmt: skip
        written = now - dt.timedelta(days=90 - 4 * position, hours=position)
        Article.objects.filter(pk=article.pk).update(
            views=views, helpful=helpful, unhelpful=unhelpful, created_at=written, published_at=written
        )
    return len(ARTICLES)
