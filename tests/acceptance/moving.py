"""A planned failover and back, as an operator makes it."""

from tests.acceptance.shell import Shell, new_id


def wait_until_confirmable(shell: Shell, verb: str) -> None:
    """Until a planned move can be confirmed; before that it is refused with exit code 3, and fences nobody."""

    def is_confirmable() -> bool:
        ended = shell.ended(verb, "--dry-run")
        assert ended.exit_code in (0, 3), ended.out + ended.err
        return ended.exit_code == 0

    shell.eventually(is_confirmable, shell.target.limits.drain_s, f"a planned {verb} can be confirmed")


def there_and_back(shell: Shell) -> None:
    """Fail over and back without force; what either Region acknowledged is in both, and only one writes."""
    primary, secondary = shell.target.regions
    photo = new_id()
    written = set()
    for writer, reader, verb in ((primary, secondary, "failover"), (secondary, primary, "failback")):
        for _ in range(5):
            comment, answer = shell.comment(writer, photo)
            assert answer.status == 200, answer
            written.add(comment)
        wait_until_confirmable(shell, verb)
        result = shell.result(verb, "--yes")
        assert result["writableRegion"] == reader
        assert written <= shell.comments(reader, photo)
        _, refused = shell.comment(writer, photo)
        assert (refused.status, refused.body["error"]["code"]) == (409, "RegionFenced")
