"""A photo that was deleted stays deleted, whatever one Region still has of it."""

import pytest

from mraa.recovery.models import ItemOrigin, KeyAttribute, Table
from mraa.recovery.reconcile.discrepancies import Kind
from mraa.recovery.reconcile.reconcile import Reconciliation
from mraa.recovery.regions.system import read_both_regions, read_system
from mraa.recovery.status.replication import read_replication_status
from tests.regions import PRIMARY, REGIONS, SECONDARY, other
from tests.unit.fake_cloud import PHOTOS, SETTINGS, STORE, FakeCloud
from tests.unit.fake_tables import typed
from tests.unit.test_recovery_application import reconcile

TABLE = Table(STORE, (KeyAttribute("pk"), KeyAttribute("sk")))
PHOTO = {"title": "Dawn", "author": "ana", "createdAt": "2026-11-23T08:00:00.000Z", "writtenIn": PRIMARY}
TOMBSTONE = {"author": "ana", "deletedAt": "2026-11-23T09:00:00.000Z", "writtenIn": SECONDARY}
FOLDERS = ("public", "public/thumb", "public/large")


@pytest.fixture
def cloud() -> FakeCloud:
    """A photo in both Regions, which are then cut off from each other."""
    cloud = FakeCloud()
    cloud.write(PRIMARY, STORE, "PHOTO/a", PHOTO)
    cloud.write(PRIMARY, "objects", "public/a", 0)
    cloud.settle()
    cloud.cut |= set(REGIONS)
    return cloud


def test_a_tombstone_says_when_it_was_made_and_wants_no_object() -> None:
    found = PHOTOS.origin(TABLE, typed({"pk": "PHOTO", "sk": "a", **TOMBSTONE}))
    assert found == ItemOrigin(SECONDARY, "2026-11-23T09:00:00.000Z", is_tombstone=True)


@pytest.mark.parametrize("region", REGIONS)
def test_a_record_deleted_in_one_region_is_named_as_that_and_not_repaired(cloud: FakeCloud, region: str) -> None:
    cloud.write(region, STORE, "PHOTO/a", TOMBSTONE)
    summary, copied, _ = reconcile(cloud)
    [found] = summary.examples
    assert (found.kind, found.region) == (Kind.DELETED, region)
    assert found.text == (
        f"record PHOTO a was deleted in {region} and exists in the other Region "
        "(written in us-east-1 at 2026-11-23T08:00:00.000Z)"
    )
    assert copied.copied.total() == 0
    assert "deletedAt" not in cloud.items(other(region), STORE)["PHOTO/a"]
    cloud.cut.clear()
    cloud.settle()
    assert all("deletedAt" in cloud.items(where, STORE)["PHOTO/a"] for where in REGIONS)


def test_a_tombstone_that_a_region_lacks_is_copied(cloud: FakeCloud) -> None:
    cloud.write(PRIMARY, STORE, "PHOTO/b", TOMBSTONE)
    summary, copied, _ = reconcile(cloud)
    assert [found.kind for found in summary.examples] == [Kind.MISSING]
    assert copied.copied.total() == 1
    assert "deletedAt" in cloud.items(SECONDARY, STORE)["PHOTO/b"]


@pytest.mark.parametrize("deleted_in", REGIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_no_object_of_a_deleted_photo_is_copied(cloud: FakeCloud, deleted_in: str, folder: str) -> None:
    """It was on its way when its Region was lost, and its record was deleted in the other one."""
    cloud.write(deleted_in, STORE, "PHOTO/b", TOMBSTONE)
    cloud.write(PRIMARY, "objects", f"{folder}/b", 0)
    cloud.write(PRIMARY, "objects", f"{folder}/c", 0)
    (left, right), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    summary = Reconciliation(cloud.aws, cloud.clock, PHOTOS, left, right, [], print).run(lambda found: None)
    kinds = {found.key: (found.kind, found.region) for found in summary.examples if found.thing == "object"}
    assert kinds == {(f"{folder}/b",): (Kind.DELETED, SECONDARY), (f"{folder}/c",): (Kind.MISSING, SECONDARY)}


@pytest.mark.parametrize("change", [TOMBSTONE, None])
def test_a_photo_that_is_deleted_while_it_is_copied_stays_deleted(cloud: FakeCloud, change: object) -> None:
    """The copy is the later write of the two, so it would win over the tombstone."""
    cloud.write(PRIMARY, STORE, "PHOTO/b", PHOTO)
    done = False

    def delete_it_first(service: str, region: str, operation: str) -> None:
        nonlocal done
        if operation == "put_item" and not done:
            done = True
            cloud.write(PRIMARY, STORE, "PHOTO/b", change)

    cloud.before = delete_it_first
    reconcile(cloud)
    assert done
    cloud.cut.clear()
    cloud.settle()
    for region in REGIONS:
        found = cloud.items(region, STORE).get("PHOTO/b")
        assert found is None if change is None else found and "deletedAt" in found


def test_what_changed_after_it_was_copied_is_not_overwritten(cloud: FakeCloud) -> None:
    cloud.write(PRIMARY, STORE, "PHOTO/b", PHOTO)
    puts = 0

    def change_it(service: str, region: str, operation: str) -> None:
        nonlocal puts
        if operation == "put_item":
            puts += 1
            if puts == 1:
                cloud.write(PRIMARY, STORE, "PHOTO/b", PHOTO | {"title": "changed"})
            else:
                cloud.write(SECONDARY, STORE, "PHOTO/b", PHOTO | {"title": "changed there too"})

    cloud.before = change_it
    reconcile(cloud)
    assert cloud.items(SECONDARY, STORE)["PHOTO/b"]["title"] == {"S": "changed there too"}


def test_status_counts_no_object_of_a_deleted_photo_as_missing(cloud: FakeCloud) -> None:
    cloud.write(PRIMARY, STORE, "PHOTO/b", TOMBSTONE)
    system = read_system(cloud.aws, SETTINGS, cloud.clock, PHOTOS)
    status = read_replication_status(cloud.aws, cloud.clock, PHOTOS, system, budget_s=5)[PRIMARY]
    assert (status.records, status.records_without_object) == (1, 0)
    (info, _), _ = read_both_regions(cloud.aws, SETTINGS, cloud.clock)
    assert [origin.object_key for origin in PHOTOS.newest(cloud.aws, cloud.clock, info, 10)] == ["public/a"]
    assert reconcile(cloud)[0].count(Kind.NO_OBJECT) == 0
