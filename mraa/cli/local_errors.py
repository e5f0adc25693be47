"""The local cloud's errors as the tool's own: it imports nothing of ``mraa``, so they are translated here."""

from collections.abc import Iterator
from contextlib import contextmanager

from mraa.errors import MraaError, UnreachableError, UsageError
from mraa_local import errors

_OWN: tuple[tuple[type[errors.LocalCloudError], type[MraaError]], ...] = (
    (errors.RefusedError, UsageError),
    (errors.UnreachableError, UnreachableError),
    (errors.LocalCloudError, MraaError),
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise an error of the local cloud as the MraaError with the same message, hint and exit code."""
    try:
        yield
    except errors.LocalCloudError as error:
        own = next(own for theirs, own in _OWN if isinstance(error, theirs))
        raise own(error.message, error.hint) from error
