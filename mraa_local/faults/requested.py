"""The control endpoint's requests: set one fault, or list all that are set. Faults are not kept over a restart."""

from typing import Any, NamedTuple

from mraa_local import refusals, regions, replication
from mraa_local.faults import resources, throttles
from mraa_local.schedules import clock
from mraa_local.services import transactions

_SKEW_LIMIT_S = 86_400
_TRANSACTION_LIMIT_MS = 60_000


class BadRequestError(ValueError):
    """An invalid fault; the message gives the reason."""


class Direction(NamedTuple):
    """One direction of replication."""

    source: str
    destination: str


def describe() -> dict[str, Any]:
    """The faults that are set, and the state of replication."""
    return {
        "down": regions.down(),
        "hanging": regions.hanging(),
        "throttle": throttles.describe(),
        "failing": resources.describe(),
        "clockSkew": replication.clock_skews(),
        "transactionMs": transactions.duration_ms(),
        "schedules": {"speed": clock.speed(), "aheadSeconds": clock.ahead_s()},
        "replication": replication.describe(),
    }


def change(request: dict[str, Any]) -> None:
    """Set the fault of one request; raises BadRequestError."""
    match request:
        case {"fault": "region", "region": region, "state": "up" | "down" | "hangs" as state, **rest} if not rest:
            regions.set_down(_region(region), is_down=state != "up", hangs=state == "hangs")
        case {"fault": "throttle", "service": service, "rate": int() | float() as rate, **rest} if not rest:
            if service not in refusals.THROTTLEABLE:
                raise BadRequestError(f"Unknown service {service!r}; use one of {', '.join(refusals.THROTTLEABLE)}.")
            if not 0 <= rate <= 1:
                raise BadRequestError("The rate must be between 0 and 1: the share of requests to refuse.")
            throttles.set_rate(service, rate)
        case {
            "fault": "resource",
            "region": region,
            "logicalId": str() as logical_id,
            "state": "fails" | "sticks" | "works" as state,
            **rest,
        } if not rest:
            resources.set_state(_region(region), logical_id, state)
        case {"fault": "lag", "from": source, "to": destination, "ms": int() as ms, **rest} if not rest:
            if ms < 0:
                raise BadRequestError("A lag must be 0 ms or more.")
            replication.set_lag(*_direction(source, destination), ms)
        case {"fault": "cut", "from": source, "to": destination, **rest} if not rest:
            replication.cut(*_direction(source, destination))
        case {"fault": "heal", "from": source, "to": destination, **rest} if not rest:
            replication.heal(*_direction(source, destination))
        case {"fault": "clock-skew", "region": region, "seconds": int() | float() as seconds, **rest} if not rest:
            if not abs(seconds) <= _SKEW_LIMIT_S:  # NaN is none either
                raise BadRequestError(f"A clock's skew must be within {_SKEW_LIMIT_S} s.")
            replication.set_clock_skew(_region(region), float(seconds))
        case {"fault": "schedule-speed", "factor": int() | float() as factor, **rest} if not rest:
            if not 1 <= factor <= clock.FASTEST:
                raise BadRequestError(f"The speed of schedules must be between 1 and {clock.FASTEST:.0f}.")
            clock.set_speed(float(factor))
        case {"fault": "transaction", "ms": int() as ms, **rest} if not rest:
            if not 0 <= ms <= _TRANSACTION_LIMIT_MS:
                raise BadRequestError(f"A transaction's duration must be between 0 and {_TRANSACTION_LIMIT_MS} ms.")
            transactions.set_duration(ms)
        case _:
            raise BadRequestError(
                "Unknown fault: use region, resource, throttle, lag, cut, heal, clock-skew, transaction or "
                "schedule-speed, with exactly its own parameters."
            )


def _region(value: Any) -> str:
    if not isinstance(value, str) or not regions.NAME.fullmatch(value):
        raise BadRequestError(f"{value!r} is not a Region.")
    return value


def _direction(source: Any, destination: Any) -> Direction:
    if source == destination:
        raise BadRequestError("Source and destination of replication must be different Regions.")
    return Direction(_region(source), _region(destination))
