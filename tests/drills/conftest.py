"""The drills stand on the same running deployment as the tests of the local cloud."""

from tests.local.conftest import active, client, cloud, connected, local_home, stood

__all__ = ["active", "client", "cloud", "connected", "local_home", "stood"]
