"""Where the two Regions differ: scan, sort, merge, recheck, and copy what is missing."""
