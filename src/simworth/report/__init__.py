"""valuation.json's page: what each database is worth, in words and charts."""
