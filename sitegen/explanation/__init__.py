"""Where a fact stands, what shows it, and what follows from it for a question."""
