"""Databases: catalogues of releases, readers, cleaning, and the clean table with its quality report."""
