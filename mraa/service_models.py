"""AWS's models and tables, as botocore ships them, read once for all sessions."""

import functools
import os

from botocore.loaders import Loader


@functools.cache
def loader(path: str | None) -> Loader:
    """botocore's loader for its setting ``data_path``; a session of its own for each Region would read all again."""
    extra = path.split(os.pathsep) if path else []
    return _Loader(extra_search_paths=[os.path.expanduser(os.path.expandvars(folder)) for folder in extra])  # noqa: PTH111 - as botocore


class _Loader(Loader):  # type: ignore[misc] # botocore has no types
    def list_available_services(self, type_name: str) -> list[str]:
        """The names of all folders. botocore looks into each of its 400 before it loads one model."""
        folders = filter(os.path.isdir, self.search_paths)
        return sorted({name for folder in folders for name in os.listdir(folder)})  # noqa: PTH208
