"""Calendars and business time."""
