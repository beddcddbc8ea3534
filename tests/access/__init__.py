"""Who may open which address: one table for the whole product."""
