"""Puts the web app's files and its configuration where CloudFront serves them."""
