"""The demo: an invented lamp shop, Casa Lumbre, with a month of believable work behind it."""
