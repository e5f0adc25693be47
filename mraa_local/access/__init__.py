"""Who may talk to the local cloud and how: hosts and origins, signatures, roles, passwords."""
