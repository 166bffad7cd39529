"""How soon an answer is needed."""
