"""What an unplanned failover may have left behind, as far as the surviving Region can say by itself.

A write that the lost Region acknowledged and did not replicate is not gone: it is stored there, and arrives when the
Region is back. The surviving Region cannot count such writes; it can say since when replication is unconfirmed.
"""

from datetime import UTC, datetime
from typing import Any

from mraa.aws import Aws, Clock
from mraa.errors import MraaError
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo

_NEWEST = 100  # records read


def report_missing(
    aws: Aws, clock: Clock, application: Application, survivor: RegionInfo, declared_at: float
) -> dict[str, Any]:
    """Bounds of the loss: ``lastReplicatedAt`` (None: unknown) and ``declaredAt``, ISO 8601, with a sentence.

    Best effort: it never fails, for the failover is done by now.
    """
    lost = survivor.other_region
    declared = datetime.fromtimestamp(declared_at, UTC).isoformat(timespec="seconds")
    try:
        newest = application.newest(aws, clock, survivor, _NEWEST)
    except MraaError:
        newest = ()
    last = max((origin.created_at for origin in newest if origin.written_in == lost), default="")
    noun = application.noun
    since = f"since {last}, when the newest {noun} record seen here was written" if last else "not known since when"
    return {
        "lostRegion": lost,
        "lastReplicatedAt": last or None,
        "declaredAt": declared,
        "text": (
            f"writes that {lost} acknowledged before {declared} and did not replicate may be missing ({since}); they "
            f"are in {lost} and will be reconciled when it is back"
        ),
    }
