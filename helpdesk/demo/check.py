"""What must hold of every ticket, however it came into the database."""

from __future__ import annotations

from django.db import connection

# Read in as a view of the three tables that share one sequence.
_WITH = """WITH e AS (
  SELECT ticket_id, seq, created_at FROM tickets_message UNION ALL
  SELECT ticket_id, seq, created_at FROM tickets_note UNION ALL
  SELECT ticket_id, seq, created_at FROM tickets_event
)
"""
_RULES = {
    "gaps or doubles in seq": """
      SELECT count(*) FROM tickets_ticket t LEFT JOIN (
        SELECT ticket_id, count(*) AS n, count(DISTINCT seq) AS d, max(seq) AS m FROM e GROUP BY 1
      ) g ON g.ticket_id = t.id
      WHERE (t.last_seq, t.last_seq, t.last_seq) IS DISTINCT FROM (g.n, g.d, g.m)""",
    "gaps or doubles in public_seq": """
      SELECT count(*) FROM tickets_ticket t LEFT JOIN (
        SELECT ticket_id, count(*) AS n, max(public_seq) AS m FROM tickets_message GROUP BY 1
      ) e ON e.ticket_id = t.id
      WHERE (t.last_public_seq, t.last_public_seq) IS DISTINCT FROM (coalesce(e.n, 0), coalesce(e.m, 0))""",
    "entries out of order": """
      SELECT count(*) FROM (
        SELECT created_at, lag(created_at) OVER (PARTITION BY ticket_id ORDER BY seq) AS before FROM e
      ) g WHERE created_at < before""",
    "entries in the future": "SELECT count(*) FROM e WHERE created_at > clock_timestamp()",
    "tickets changed in the future": """
      SELECT count(*) FROM tickets_ticket
      WHERE greatest(created_at, updated_at, solved_at, closed_at, last_message_at) > clock_timestamp()""",
    "tickets solved or closed without an instant": """
      SELECT count(*) FROM tickets_ticket
      WHERE (status IN ('solved', 'closed') AND solved_at IS NULL) OR (status = 'closed') <> (closed_at IS NOT NULL)""",
}


def violations() -> dict[str, int]:
    """How many tickets or entries break which rule; empty when all is well."""
    found = {}
    with connection.cursor() as cursor:
        for name, query in _RULES.items():
            cursor.execute(_WITH + query)
            (count,) = cursor.fetchone() or (0,)
            if count:
                found[name] = count
    return found
