"""The ledger: every valuation ever made, in immutable entries that name the one before."""
