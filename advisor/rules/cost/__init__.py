"""What the bill may be."""
