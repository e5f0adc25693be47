"""Loopback counts as a secure transport: policies that refuse plain HTTP are there to keep others from listening in.

The cloud serves plain HTTP on 127.0.0.1 only, where nobody can; with TLS every client would need our certificate.
"""

import ministack.app as engine

HOOKED = ("ministack.app.pin_request_origin",)


def install() -> None:
    """``aws:SecureTransport`` is true for every request that got this far."""
    original = engine.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        original(source_ip, True)

    engine.pin_request_origin = pin_request_origin
