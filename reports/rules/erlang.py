"""Queueing arithmetic: Erlang C (nobody gives up) and Erlang A (people leave). Pure.

Times are seconds, rates per second, loads in erlangs (mean number of busy servers). Sources: Erlang (1917) for the
delay formula; Palm (1957) and Garnett, Mandelbaum & Reiman (2002) for the model with impatience.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

NEGLIGIBLE = 1e-15  # a state this unlikely, past the peak, ends the sum


@dataclass(frozen=True, slots=True)
class Waiting:
    """How `servers` cope without anyone giving up. Unstable: service level 0, waits without end."""

    servers: int
    stable: bool
    wait_probability: float
    service_level: float  # share answered within the target
    average_wait: float  # seconds, over everybody; infinite when unstable
    queue_length: float
    occupancy: float  # share of the time a server is busy; 1 when unstable


@dataclass(frozen=True, slots=True)
class Impatient:
    """How `servers` cope when people wait `patience` on average.

    `service_level_all` (SL1) is served within the target ÷ all; `service_level_stayed` (SL2) leaves out those who
    gave up within the target.
    """

    servers: int
    wait_probability: float
    abandon_probability: float
    average_wait: float  # seconds, of everybody, those who gave up included
    service_level_all: float
    service_level_stayed: float
    occupancy: float


def _blockings(load: float) -> Iterator[tuple[int, float]]:
    """(servers, Erlang B) for 0, 1, 2, … servers, by recursion: factorials overflow."""
    b = 1.0
    yield 0, b
    for servers in itertools.count(1):
        b = load * b / (servers + load * b)
        yield servers, b


def _waiting(load: float, servers: int, b: float, handle: float, target: float) -> Waiting:
    if servers <= load:
        return Waiting(servers, False, 1.0, 0.0, math.inf, math.inf, 1.0)
    occupancy = load / servers
    c = b / (1 - occupancy * (1 - b))
    spare = servers - load
    return Waiting(
        servers=servers, stable=True, wait_probability=c,
        service_level=1 - c * math.exp(-spare * target / handle),
        average_wait=c * handle / spare, queue_length=c * load / spare, occupancy=occupancy,
    )  # fmt: skip


def erlang_c(*, rate: float, handle: float, servers: int, target: float) -> Waiting:
    """M/M/N: arrivals at `rate`, each served for `handle` on average by one of `servers`."""
    load = rate * handle
    b = next(b for n, b in _blockings(load) if n == servers)
    return _waiting(load, servers, b, handle, target)


def servers_for(*, rate: float, handle: float, target: float, share: float) -> Waiting:
    """The fewest servers who answer `share` (0 to below 1) within `target`."""
    load = rate * handle
    for servers, b in _blockings(load):
        found = _waiting(load, servers, b, handle, target)
        if found.service_level >= share and servers > 0:
            return found
    raise AssertionError("unreachable: the service level tends to 1")


def _states(load: float, servers: int, impatience: float, service: float) -> tuple[list[float], float]:
    """Stationary probabilities of (exactly `servers` + k in the house, k = 0, 1, …) and of fewer than `servers`.

    Relative weights start at 1 for k = 0 and go both ways, so that nothing overflows below; above, the list is
    normalised at the end.
    """
    weight, below = 1.0, 0.0
    for n in range(servers, 0, -1):  # w(n-1) = w(n)·nµ/λ
        weight *= n / load
        below += weight
        if weight < NEGLIGIBLE * below and n < load:
            break
        if below > 1e290:  # far too many servers: nobody waits
            return [0.0], 1.0
    above = [1.0]
    for k in itertools.count(1):
        above.append(above[-1] * load * service / (servers * service + k * impatience))
        total = below + 1
        if above[-1] < above[-2] and above[-1] < NEGLIGIBLE * max(total, above[0]) and k > 1:
            break
        if above[-1] > 1e290:
            below, above = below / 1e290, [w / 1e290 for w in above]
    whole = below + math.fsum(above)
    return [w / whole for w in above], below / whole


def _reached(stages: int, base: float, impatience: float, target: float) -> list[float]:
    """For k = 0 … stages-1: the chance that k + 1 steps, at rates base + jθ for j = k … 0, take at most `target`.

    That sum of exponentials has the density of an order statistic, hence the incomplete beta function
    I_y(k+1, base/θ) with y = 1 − e^(−θ·target), walked up in k by its recurrence, in logarithms.
    """
    y, a = -math.expm1(-impatience * target), base / impatience
    if y <= 0:  # no time at all
        return [0.0] * stages
    value = -math.expm1(-base * target)
    log_term = math.log(y) - base * target + math.log(a)
    found = []
    for k in range(1, stages + 1):
        found.append(max(0.0, value))
        value -= math.exp(log_term)
        log_term += math.log(y * (a + k) / (k + 1))
    return found


def erlang_a(*, rate: float, handle: float, servers: int, patience: float, target: float) -> Impatient:
    """M/M/N+M, exactly, as a birth–death chain: each one waiting gives up after `patience` on average."""
    service, impatience, load = 1 / handle, 1 / patience, rate * handle
    waiting, below = _states(load, servers, impatience, service)
    queue = math.fsum(k * p for k, p in enumerate(waiting))
    abandon = queue * impatience / rate
    base = servers * service
    # One who finds k waiting ahead: served after k + 1 departures, unless their own patience ends first.
    with_own = _reached(len(waiting), base + impatience, impatience, target)
    without_own = _reached(len(waiting), base, impatience, target)
    stays = math.exp(-impatience * target)
    served = below + math.fsum(p * base / (base + (k + 1) * impatience) * with_own[k] for k, p in enumerate(waiting))
    in_line = stays * math.fsum(p * (1 - without_own[k]) for k, p in enumerate(waiting))
    left = max(0.0, 1 - served - in_line)
    return Impatient(
        servers=servers, wait_probability=math.fsum(waiting), abandon_probability=abandon,
        average_wait=abandon * patience, service_level_all=min(1.0, served),
        service_level_stayed=min(1.0, served / (1 - left)), occupancy=load * (1 - abandon) / servers,
    )  # fmt: skip


def servers_for_impatient(*, rate: float, handle: float, patience: float, target: float, share: float) -> Impatient:
    """The fewest servers with SL1 of at least `share`.

    Mostly fewer than Erlang C asks for, as whoever leaves makes room; more when patience is shorter than the target,
    for who left in time was not served in time.
    """

    def with_servers(servers: int) -> Impatient:
        return erlang_a(rate=rate, handle=handle, servers=servers, patience=patience, target=target)

    # Whoever is served within the target is not lost, so `share` of the load must fit.
    low = max(1, math.floor(rate * handle * share))
    high = servers_for(rate=rate, handle=handle, target=target, share=share).servers
    while with_servers(high).service_level_all < share:
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if with_servers(middle).service_level_all >= share else (middle + 1, high)
    return with_servers(low)
