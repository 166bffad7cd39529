"""Aggregates over much of the data."""
