"""Articles in Spanish and English, the help centre, and the search that every door uses."""
