"""Where a fact is defined, what shows it, and what follows from it for a question."""
