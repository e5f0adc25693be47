"""What the pages of recovery share: their look (``base.html.j2``), and how files are written whole."""
