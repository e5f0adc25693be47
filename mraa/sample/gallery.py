"""Photos for an empty gallery, put there as the web app does it: first the objects, then the record."""

from pathlib import Path

from mraa.aws import CLOCK, Aws, Clock, call
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.sample import photos

# as the web app draws them, smaller (`make screenshots`); each is named by its title
PICTURES = Path(__file__).parent / "pictures"
_MEDIA_TYPE = "image/jpeg"
_AUTHOR = "Sample"


def fill(aws: Aws, info: RegionInfo, on_event: OnEvent, clock: Clock = CLOCK) -> None:
    """Post every sample photo in ``info``'s Region. MraaError if one is not accepted."""
    s3 = aws.client("s3", info.region)
    pictures = sorted(PICTURES.glob("*.jpg"))
    for path in pictures:
        photo_id, content = uuid7(clock.now()), path.read_bytes()
        for folder in ("thumb/", ""):  # small enough to be its own thumbnail
            call(
                s3.put_object,
                f"Putting the sample photo {path.stem!r}",
                info.region,
                Bucket=info.object_store_bucket,
                Key=f"{photos.OBJECT_PREFIX}{folder}{photo_id}",
                Body=content,
                ContentType=_MEDIA_TYPE,
            )
        answer = photos.post_photo(aws, info, photo_id, _AUTHOR, path.stem, _MEDIA_TYPE)
        if photos.fate_of(answer)[0] is not Fate.ACKNOWLEDGED:
            raise MraaError(
                f"The sample photo {path.stem!r} was not accepted in {info.region}: {answer.status}, {answer.body}.",
                "See the API's and the function's logs in this Region.",
            )
    on_event(Event(Progress.DONE, "gallery", f"{len(pictures)} sample photos", info.region))
