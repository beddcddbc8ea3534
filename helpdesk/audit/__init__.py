"""The audit trail of settings."""
