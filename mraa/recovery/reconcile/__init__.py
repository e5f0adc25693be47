"""What the two Regions do not hold alike: scan, sort, merge, recheck, and copy what is missing."""
