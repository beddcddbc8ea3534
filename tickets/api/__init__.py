"""`/api/v1/tickets/` and what hangs on it."""
