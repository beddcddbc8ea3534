"""The page doors of tickets: console for colleagues, portal for customers."""
