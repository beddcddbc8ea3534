"""People: colleagues, departments and tiers; customers, identities and organizations."""
