"""Trials over n and m: hashed splits, work units, and the tables they leave."""
