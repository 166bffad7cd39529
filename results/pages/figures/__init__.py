"""The figures of the pages, one file each."""
