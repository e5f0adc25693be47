"""Ids whose order is the order of creation."""

import os
import uuid


def uuid7(now_s: float) -> str:
    """A time-ordered UUID (RFC 9562, version 7) for an instant in seconds since 1970."""
    value = int(now_s * 1000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(3 << 62) | 2 << 62))


def created_at(uuid7_id: str) -> float:
    """When such an id was made, in seconds since 1970."""
    return (uuid.UUID(uuid7_id).int >> 80) / 1000
