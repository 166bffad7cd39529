"""How often requests come, in which shape, and over which connections."""
