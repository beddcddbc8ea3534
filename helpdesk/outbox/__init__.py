"""Mail that leaves: durable rows, delivered at least once."""
