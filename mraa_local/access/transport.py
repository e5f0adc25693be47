"""Loopback counts as a secure transport: policies that refuse plain HTTP are meant to keep others from listening in.

The cloud serves plain HTTP on 127.0.0.1 only, where nobody can; with TLS every client would need our certificate.
"""

from mraa_local.engine import application


def install() -> None:
    """``aws:SecureTransport`` is true for every request that got this far."""
    application.count_as_secure_transport()
