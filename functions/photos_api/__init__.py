"""Photos and comments over HTTP; every write checks the fence."""
