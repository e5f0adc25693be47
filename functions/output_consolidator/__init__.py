"""Brings the stack instances' outputs into the main stack."""
