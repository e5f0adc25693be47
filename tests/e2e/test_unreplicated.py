"""An unplanned failover that leaves writes behind: the page names each, and sees them again after the heal."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.app import LOST_MS, App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

LEFT_BEHIND = ("Stored in N. Virginia, not copied before that Region was lost",) * 3


def test_three_unreplicated_writes_are_named_kept_and_seen_again(app: App, system: System) -> None:
    app.allow("status of 50[03]|ERR_FAILED|status of 40[34]")
    app.keep_site()
    app.expect_state("active", PRIMARY)
    app.upload(picture("copied.png", 10))
    receipts = app.page.get_by_role("list", name="Your writes").get_by_role("listitem")
    expect(receipts.filter(has_text="copied")).to_contain_text(
        "Saved in N. Virginia, copied to Tokyo in", timeout=20_000
    )

    system.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    app.upload(picture("left.png", 120), picture("behind.png", 240))
    app.open_photo("copied")
    app.comment("and a comment")
    app.close_photo()
    expect(app.photo("left").get_by_test_id("badge")).to_have_text("Only in N. Virginia")
    expect(app.page.locator("[data-receipt=copying]")).to_have_count(3)

    system.lose(PRIMARY)
    app.expect_roles("No answer", "Standby")
    app.expect_writing(r"Nobody has been able to write for SPAN, since TIME\.")
    system.mraa("failover", "--unplanned", "--yes", "--reason", "browser test")
    app.expect_state("failover", SECONDARY)
    app.expect_roles("No answer", "Writable")
    after_loss = r"Tokyo has accepted writes for SPAN, since TIME\. Nobody could write for SPAN before that\."
    app.expect_writing(after_loss)
    stranded = app.page.locator("[data-receipt=stranded]")
    expect(stranded).to_have_count(3)
    for name, text in zip(("“and a comment”", "behind", "left"), LEFT_BEHIND, strict=True):
        expect(stranded.filter(has_text=name)).to_contain_text(text)
    expect(app.panel).to_contain_text("3 writes of yours not copied")

    # nothing that was acknowledged vanishes: from this page's own copy
    for title in ("left", "behind"):
        app.expect_picture(title)
        expect(app.photo(title).get_by_test_id("badge")).to_have_text("Only in N. Virginia")
    app.open_photo("copied")
    expect(app.comments()).to_have_text(["and a comment"])
    expect(app.page.get_by_test_id("receipt")).to_have_text(LEFT_BEHIND[0])
    app.close_photo()

    # nor with a reload
    app.page.reload()
    app.expect_state("failover", SECONDARY)
    app.expect_roles("No answer", "Writable")
    app.expect_writing(after_loss)
    expect(stranded).to_have_count(3)
    expect(app.photo("left")).to_be_visible()
    expect(app.photo("left").locator("[data-pending]")).to_have_text("Not copied yet: N. Virginia does not answer")

    system.restore(PRIMARY)
    system.fault(fault="heal", **{"from": PRIMARY, "to": SECONDARY})
    expect(stranded).to_have_count(0, timeout=LOST_MS)
    for name in ("“and a comment”", "behind", "left"):
        expect(receipts.filter(has_text=name)).to_contain_text(
            "Saved in N. Virginia, copied to Tokyo after all", timeout=LOST_MS
        )
    expect(app.panel).not_to_contain_text("not copied")
    for title in ("left", "behind"):
        app.expect_picture(title)
        expect(app.photo(title).get_by_test_id("badge")).to_have_count(0)


def test_what_others_see_after_the_heal(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()
    app.expect_state("failover", SECONDARY)
    for title in ("left", "behind"):
        app.expect_picture(title)
    app.open_photo("copied")
    expect(app.comments()).to_have_text(["and a comment"])
