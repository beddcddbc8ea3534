"""What `up` prints once the helpdesk answers: where to go and how to sign in."""

from __future__ import annotations

import http.client
import json
from pathlib import Path

from helpdesk.engines.errors import EnginesError
from helpdesk.engines.output import say

_PAGES = (
    ("Console", "/console/"),
    ("Help centre", "/help/"),
    ("Customer portal", "/portal/"),
    ("Widget demo", "/widget/demo/"),
    ("API", "/api/docs/"),
)


def address(host: str) -> str:
    """A host to connect to, for a host to listen on."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104 — compared, not bound


def ready(host: str, port: int) -> tuple[bool, str]:
    """Whether /readyz says 200, and what it says otherwise."""
    connection = http.client.HTTPConnection(address(host).strip("[]"), port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"127.0.0.1:{port}"})
        response = connection.getresponse()
        text = " ".join(response.read(500).decode("utf-8", "replace").split())
        return response.status == 200, f"{response.status} {text}"
    except (OSError, http.client.HTTPException) as error:
        return False, str(error) or type(error).__name__
    finally:
        connection.close()


def greet(host: str, port: int, data_dir: Path, seconds: float) -> None:
    base = f"http://{address(host)}:{port}"
    say(f"\nReady in {seconds:.1f} s\n")
    for name, path in _PAGES:
        say(f"  {name:<17}{base}{path}")
    logins = data_dir / "demo-logins.json"
    if logins.exists():
        say("\nDemo sign-ins" + f" (kept in {logins})")
        rows = [(_who(login), login.get("email", ""), login.get("password", "")) for login in _read(logins)]
        widths = [max(len(row[i]) for row in rows) for i in range(2)] if rows else []
        for who, email, password in rows:
            say(f"  {who:<{widths[0]}}  {email:<{widths[1]}}  {password}")
    say("\nCtrl-C stops everything.\n")


def _who(login: dict[str, str]) -> str:
    """ "agent, tier 2 of Customer care" """
    post = f", tier {login['tier']} of {login['department']}" if login.get("tier") and login.get("department") else ""
    return f"{login.get('role', '')}{post}"


def _read(path: Path) -> list[dict[str, str]]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise EnginesError(f"{path} cannot be read: delete it and the demo will make new sign-ins.") from None
    return [entry for entry in content if isinstance(entry, dict)]
