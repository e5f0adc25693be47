"""``python -m mraa``: the tool, where its script is not on the PATH."""

from mraa.cli.start import main

main()
