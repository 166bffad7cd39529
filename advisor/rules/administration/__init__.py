"""Who patches, tunes and operates the database."""
