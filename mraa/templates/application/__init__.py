"""The stack of an application of one's own: its global template once, its regional template in each Region."""
