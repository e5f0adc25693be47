"""Whose leftovers a stack's name means, over several deployments of that name."""

from mraa.stacks import describe
from mraa.stacks.leftovers import DeploymentTokens, deployment_tokens
from tests.regions import PRIMARY
from tests.unit.fake_cloud import FakeCloud


def stack_id(name: str, letter: str) -> str:
    return f"arn:aws:cloudformation:{PRIMARY}:123456789012:stack/{name}/{letter * 8}-0000-0000-0000-000000000000"


def token(letter: str) -> str:
    return letter * 8 + "0" * 24


def tokens(cloud: FakeCloud) -> DeploymentTokens:
    main, web = (describe.find_stack(cloud.aws, PRIMARY, name) for name in ("mraa", "mraa-web"))
    return deployment_tokens(cloud.aws, PRIMARY, "mraa", main, web)


def deleted(cloud: FakeCloud, name: str, letter: str) -> None:
    cloud.stack(stack_id(name, letter), "DELETE_COMPLETE")
    cloud.now += 60


def test_an_existing_deployment_means_its_own_two_stacks() -> None:
    cloud = FakeCloud()
    cloud.stack(stack_id("mraa", "a"), "CREATE_COMPLETE")
    cloud.stack(stack_id("mraa-web", "b"), "CREATE_COMPLETE")
    cloud.stack(stack_id("other", "c"), "CREATE_COMPLETE")
    assert tokens(cloud) == DeploymentTokens(frozenset({token("a"), token("b")}), frozenset())


def test_what_an_earlier_deployment_of_the_name_left_is_separate() -> None:
    cloud = FakeCloud()
    deleted(cloud, "mraa", "a")
    deleted(cloud, "mraa-web", "b")
    cloud.stack(stack_id("mraa", "c"), "CREATE_COMPLETE")
    assert tokens(cloud) == DeploymentTokens(frozenset({token("c")}), frozenset({token("a"), token("b")}))


def test_a_web_app_deleted_before_its_main_stack_belongs_to_it() -> None:
    cloud = FakeCloud()
    cloud.stack(stack_id("mraa", "a"), "UPDATE_COMPLETE")
    cloud.now += 60
    deleted(cloud, "mraa-web", "b")
    assert tokens(cloud) == DeploymentTokens(frozenset({token("a"), token("b")}), frozenset())


def test_once_all_stacks_are_deleted_all_of_them_are_meant() -> None:
    cloud = FakeCloud()
    deleted(cloud, "mraa", "a")
    deleted(cloud, "mraa-web", "b")
    deleted(cloud, "mraa", "c")
    deleted(cloud, "somebody-elses", "d")
    assert tokens(cloud) == DeploymentTokens(frozenset({token("a"), token("b"), token("c")}), frozenset())
