"""The photos that the demo puts into an empty gallery."""

from functools import partial

import pytest

from mraa.errors import MraaError
from mraa.events import Event
from mraa.sample import gallery, photos
from tests.local.deploying import eventually
from tests.local.operating import Deployment
from tests.regions import PRIMARY, REGIONS, SECONDARY


def shows(deployment: Deployment, region: str, titles: set[str]) -> bool:
    """Whether a Region lists these photos and has the objects of all that it lists."""
    info = deployment.regions[region]
    listed = deployment.aws.api_request("GET", region, photos.api_id(info), "photos").body["photos"]
    objects = deployment.aws.client("s3", region).list_objects_v2(Bucket=info.object_store_bucket).get("Contents", [])
    needed = {f"public/{folder}{photo['photoId']}" for photo in listed for folder in ("", "thumb/")}
    return titles <= {photo["title"] for photo in listed} and needed <= {found["Key"] for found in objects}


def test_both_regions_show_every_sample_photo(active: Deployment) -> None:
    events: list[Event] = []
    gallery.fill(active.aws, active.regions[PRIMARY], events.append)
    titles = {path.stem for path in gallery.PICTURES.iterdir()}
    assert [event.text for event in events] == [f"{len(titles)} sample photos"]
    for region in REGIONS:
        eventually(partial(shows, active, region, titles))


def test_a_region_that_may_not_write_says_so(active: Deployment) -> None:
    with pytest.raises(MraaError, match=f"was not accepted in {SECONDARY}: 409"):
        gallery.fill(active.aws, active.regions[SECONDARY], lambda event: None)
