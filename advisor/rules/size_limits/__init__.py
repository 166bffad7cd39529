"""Limits on items, volumes, throughput and hot keys."""
