"""Wheel and sdist: how they are made, and what an install of nothing else can do."""
