"""Failover, service levels, lag, recovery objectives and regions."""
