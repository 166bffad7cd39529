"""Joins, ad-hoc questions, SQL and transactions over several records."""
