"""Applications of one's own: their templates are read, checked and packaged, and the permissions they need derived."""
