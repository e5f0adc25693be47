"""Moving the writing: which steps to take (``plan``), and taking them (``execute``)."""
