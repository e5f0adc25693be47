"""Small generated images."""

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A file to upload."""

    name: str
    content: bytes
    content_type: str = "image/png"

    @property
    def title(self) -> str:
        """The title that the app gives it."""
        return self.name.rpartition(".")[0]


def picture(name: str, red: int = 90, width: int = 64, height: int = 48) -> Picture:
    """A PNG with a gradient."""
    rows = b"".join(
        b"\0" + b"".join(bytes((red, 255 * x // width, 255 * y // height)) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return Picture(name, b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
