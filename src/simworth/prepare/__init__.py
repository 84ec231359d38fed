"""From clean tables and descriptors to what a task learns from: chosen, scaled, counted and transformed once."""
