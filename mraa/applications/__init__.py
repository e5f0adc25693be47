"""Applications of one's own, as recovery sees them: their stores by their facts, their API by its description."""
