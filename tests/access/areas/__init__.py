"""One file per area: `ROWS`, and `things(cast)` when its rows need more of the world. See `tests/access/table.py`."""
