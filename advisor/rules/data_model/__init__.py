"""What the data looks like and how it is reached."""
