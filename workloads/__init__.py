"""What is asked: workload files, key choosers, row generators, arrivals, the built-in catalogue."""
