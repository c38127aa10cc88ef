"""What changed between two days or revisions, and what will change by itself: facts and published text, not lines."""
