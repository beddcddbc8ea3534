"""The written conversations, read from the TOML files beside this module.

A turn is `[kind, words…]`: "c" the customer, "a" an agent ("a>solved" leaves the ticket solved), "n" a note,
"up" an escalation [reason, brief], "to" a transfer [department, reason, brief].
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "conversations"
AFTER_DONE = {
    "es": (
        "Perdone que vuelva a molestar: se me olvidó preguntar si sirve también para el pedido anterior.",
        "Sí, {name}, vale para los dos. No molesta nada.",
    ),
    "en": (
        "Sorry to come back to this: I forgot to ask whether it holds for my earlier order too.",
        "It does, {name}, for both. No trouble at all.",
    ),
}


@dataclass(frozen=True)
class Turn:
    kind: str  # c | a | n | up | to
    words: tuple[str, ...]
    then: str = ""  # status that an agent's answer leaves


@dataclass(frozen=True)
class Conversation:
    language: str
    department: str
    channels: tuple[str, ...]
    subjects: tuple[str, ...]
    openings: tuple[str, ...]
    turns: tuple[Turn, ...]
    tags: tuple[str, ...]
    comments: tuple[str, ...]
    priority: str = ""
    unhappy: bool = False

    @property
    def of_a_company(self) -> bool:
        return "empresa" in self.tags or "business" in self.tags

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody else on the way."""
        return any(turn.then == "on_hold" for turn in self.turns)

    def until(self, stop: str) -> tuple[Turn, ...]:
        """The turns that lead to a ticket in status `stop` ("new", "open", "pending", "on_hold", "solved")."""
        if stop == "new":
            return ()
        for place, turn in enumerate(self.turns):
            if (stop == "open" and turn.kind == "c") or (stop != "solved" and turn.then == stop):
                return self.turns[: place + 1]
        if stop == "solved":
            last = self.turns[-1]
            return self.turns if last.then == "solved" else (*self.turns[:-1], replace(last, then="solved"))
        if stop == "open":
            return (replace(self.turns[0], then=""),)
        return (replace(self.turns[0], then=stop),)


@cache
def conversations() -> tuple[Conversation, ...]:
    """All of them, in a fixed order."""
    found: list[Conversation] = []
    for path in sorted(FOLDER.glob("*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))["conversation"]
        found += [_conversation(path.stem[:2], one) for one in raw]
    return tuple(found)


def _conversation(language: str, raw: dict[str, Any]) -> Conversation:
    return Conversation(
        language=language, department=raw["department"], channels=tuple(raw["channels"]),
        subjects=tuple(raw["subject"]), openings=tuple(raw["open"]), turns=tuple(_turn(t) for t in raw["turns"]),
        tags=tuple(raw["tags"]), comments=tuple(raw["comments"]), priority=raw.get("priority", ""),
        unhappy=raw.get("bad", False),
    )  # fmt: skip


def _turn(raw: list[str]) -> Turn:
    kind, _, then = raw[0].partition(">")
    if kind not in ("c", "a", "n", "up", "to"):
        raise ValueError(f"unknown turn {raw[0]!r}")
    return Turn(kind, tuple(raw[1:]), then)
