"""Mail from outside, read without believing it: bytes in, one frozen value out. No database, no Django."""
