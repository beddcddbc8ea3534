"""Bytes from outside, stored inert."""
