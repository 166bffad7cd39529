"""From demand to a configuration: load, memory, volumes, latency, and the class that fits."""
