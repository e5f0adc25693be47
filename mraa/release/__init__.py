"""Build and publish a release: templates, function zips, console files."""
