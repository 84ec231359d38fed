"""What a database is worth for a task: errors, law, intervals and verdict, as records and as valuation.json."""
