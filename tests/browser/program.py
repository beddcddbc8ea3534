"""An integrator's program: the API with a token from `create_api_token`, and what it waits for."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from bench.stack import Stack, wait_for

_tokens: dict[tuple[str, str], str] = {}


class Program:
    """Speaks for `who`, by default an administrator."""

    def __init__(self, stack: Stack, who: str = "alex@desk.example") -> None:
        self.stack = stack
        key = (stack.url, who)
        if key not in _tokens:
            _tokens[key] = stack.manage("create_api_token", who, "--scope", "read", "--scope", "write").strip()
        self.token = _tokens[key]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 — our own loopback address
            f"{self.stack.url}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                **({"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def all(self, path: str) -> list[dict[str, Any]]:
        """Every result of a list, page after page."""
        found: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            page = self.call("GET", following.partition("/api/v1/")[2] or following)
            found += page["results"]
            following = page["next"]
        return found

    def ticket(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"tickets/{number}/")
        return found

    def words(self, number: int) -> list[str]:
        return [m["body_text"].strip() for m in self.all(f"tickets/{number}/messages/")]

    def events(self, number: int) -> list[dict[str, Any]]:
        return self.all(f"tickets/{number}/events/")

    def seqs(self, number: int) -> list[int]:
        """The sequence numbers of everything on the timeline."""
        entries = [*self.all(f"tickets/{number}/messages/"), *self.all(f"tickets/{number}/notes/")]
        return sorted(entry["seq"] for entry in [*entries, *self.events(number)])

    def number_of(self, email: str) -> int:
        """The one ticket of the customer with this address."""
        found = wait_for(
            lambda: [t for t in self.all("tickets/?page_size=100") if t["customer"]["email"] == email], 20, "a ticket"
        )
        assert len(found) == 1
        return int(found[0]["number"])

    def until(self, number: int, condition: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The ticket's events once `condition` holds for them."""
        wait_for(lambda: condition(self.events(number)), 30, f"the events of #{number}")
        return self.events(number)

    def answer(self, number: int, text: str) -> None:
        self.call("POST", f"tickets/{number}/messages/", {"body": text})

    def post(self, number: int, verb: str, **body: Any) -> None:
        self.call("POST", f"tickets/{number}/{verb}/", body)

    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", "reports/metrics/")
        return found

    # --- what no door tells ---------------------------------------------------------------------------

    def look(self, expression: str) -> Any:
        """The value of a Python expression on the stack's models."""
        return json.loads(self.stack.manage("shell", "-v", "0", "-c", f"import json\n{expression}").splitlines()[-1])

    def until_absent(self, number: int) -> None:
        """Wait until the visitor's socket is known to be gone."""
        ask = (
            "from chat.models import Chat; from helpdesk.realtime import presence; "
            f"v = Chat.objects.filter(ticket__number={number}).last().visitor_id; "
            "import time\nfor _ in range(200):\n  if not presence.present('visitor', v): break\n  time.sleep(0.05)\n"
            "print(json.dumps(not presence.present('visitor', v)))"
        )
        assert self.look(ask), "the closed tab still counts as present"

    def until_outbox_is_empty(self) -> None:
        ask = (
            "from helpdesk.outbox.models import OutboxMail; "
            "print(json.dumps(OutboxMail.objects.filter(state='pending').count()))"
        )
        wait_for(lambda: self.look(ask) == 0, 30, "an empty outbox")

    def rate(self, number: int, score: str) -> None:
        self.look(
            "from tickets import services; from tickets.models import Ticket; "
            f"t = Ticket.objects.get(number={number}); "
            f"services.rate(actor=t.customer, ticket=t, score='{score}'); print('0')"
        )
