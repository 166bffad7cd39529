"""The parts of a page, one file each: a function from values to HTML."""
