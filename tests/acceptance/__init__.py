"""What an administrator buys, checked against endpoints alone: on the local cloud, or in an AWS account.

`make acceptance` runs it on the local cloud, `make acceptance PROFILE=... REGIONS=...` in an account. See
docs/acceptance.md.
"""
