"""A write that an unplanned failover left behind, and that does not follow when its Region is back, is sent again."""

from playwright.sync_api import expect

from tests.e2e.app import LOST_MS, App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

# how long a Region that is back has for its copies, and a little more
COPIES_MS = 61_000


def test_what_stays_missing_is_stored_again_under_its_id(app: App, system: System) -> None:
    app.allow("status of 50[03]|ERR_FAILED|status of 40[34]|status of 412")
    app.take_clock()
    app.keep_site()
    app.expect_state("active", PRIMARY)
    system.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    app.upload(picture("stubborn.png"))
    app.open_photo("stubborn")
    app.comment("and what is said of it")
    app.close_photo()
    identifier = app.photo("stubborn").get_attribute("data-photo-id")
    system.lose(PRIMARY)
    app.expect_roles("No answer", "Standby")
    system.mraa("failover", "--unplanned", "--yes", "--reason", "browser test")
    app.expect_roles("No answer", "Writable")
    expect(app.page.locator("[data-receipt=stranded]")).to_have_count(2)
    system.restore(PRIMARY)
    app.expect_roles("Standby", "Writable")
    again = app.page.get_by_role("button", name="Send again")
    expect(again).to_have_count(0)
    app.page.clock.fast_forward(COPIES_MS)
    expect(again).to_have_count(2, timeout=LOST_MS)
    expect(app.page.locator("[data-receipt=missing]")).to_have_count(2)

    for left in (1, 0):
        again.first.click()
        expect(again).to_have_count(left, timeout=LOST_MS)
    expect(app.page.locator("[data-receipt=missing]")).to_have_count(0)
    expect(app.page.get_by_label("Your writes").get_by_text("Saved in Tokyo")).to_have_count(2)
    dynamodb, table = system.client("dynamodb", SECONDARY), system.deployer.key_value_table()
    photo = dynamodb.get_item(TableName=table, Key={"pk": {"S": "PHOTO"}, "sk": {"S": identifier}}).get("Item")
    assert photo and photo["writtenIn"]["S"] == SECONDARY
    assert app.photo("stubborn").count() == 1
    app.open_photo("stubborn")
    expect(app.comments()).to_have_text(["and what is said of it"])
