"""Connections to hosts that people typed: the name is resolved once, private addresses are refused, and the
connection goes to the very address that was checked (no second look-up that could answer otherwise)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beyond what `is_global` refuses in every supported Python: ranges that lead elsewhere by translation or tunnel.
_ALWAYS = tuple(
    ipaddress.ip_network(n)
    for n in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "2002::/16", "2001::/32", "64:ff9b:1::/48")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Blocked(OSError):
    """This host is not for us: its name leads into a private network, or nowhere."""


def networks(cidrs: Iterable[str]) -> list[Network]:
    """The networks named in EGRESS_ALLOW. ValueError for one that is none."""
    return [ipaddress.ip_network(c, strict=False) for c in cidrs]


def _embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_allowed(text: str, allow: Iterable[Network] = ()) -> bool:
    """Whether we may connect to this IP address: public, or within a network of `allow`."""
    try:
        address = _embedded(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if any(address.version == net.version and address in net for net in allow):
        return True
    if any(address.version == net.version and address in net for net in _ALWAYS):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
        or address.is_unspecified
    )  # fmt: skip


def resolve(host: str, port: int, allow: Iterable[Network] = ()) -> list[str]:
    """The addresses of `host` that we may connect to. Raises Blocked when any is private, or there is none.

    One private address among public ones is no accident: all are refused.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Blocked(f"the name {host} is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    permitted = list(allow)
    if not addresses or not all(is_allowed(a, permitted) for a in addresses):
        raise Blocked(f"{host} lies in a private network; EGRESS_ALLOW can permit it")
    return addresses


def connect(
    host: str, port: int, *, timeout: float, allow: Iterable[Network] = (), trusted: bool = False
) -> socket.socket:
    """A TCP connection to `host`. `trusted` hosts (given by the environment) are not checked. OSError, Blocked."""
    if trusted:
        return socket.create_connection((host, port), timeout=timeout)
    error: OSError | None = None
    for address in resolve(host, port, allow):
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as failed:
            error = failed
    raise error or Blocked(f"{host} has no address")
