"""What was found: records, their store, statistics, gates, figures and pages."""
