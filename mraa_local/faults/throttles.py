"""Throttling: a share of a service's requests is refused."""

_throttles: dict[str, "Throttle"] = {}


class Throttle:
    """Refuses a share of requests, spread evenly: at 0.25 every fourth."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._due = 0.0

    def refuses(self) -> bool:
        """Whether the next request is refused."""
        self._due += self.rate
        if self._due < 1:
            return False
        self._due -= 1
        return True


def find(service: str) -> Throttle | None:
    """The service's throttle, if one is set."""
    return _throttles.get(service)


def set_rate(service: str, rate: float) -> None:
    """Refuse this share (0 to 1) of the service's requests; 0 ends it."""
    if rate:
        _throttles[service] = Throttle(rate)
    else:
        _throttles.pop(service, None)


def describe() -> dict[str, float]:
    """The share that is refused, by service."""
    return {service: throttle.rate for service, throttle in sorted(_throttles.items())}
