"""Hints to open sockets: what to emit, who hears it, who is present. PostgreSQL holds the truth."""
