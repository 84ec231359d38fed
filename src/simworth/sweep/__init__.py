"""Trials over n and m: hashed splits, shards, and the tables they leave."""
