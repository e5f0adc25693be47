"""The deployer and the operator, with exactly the policies that docs/policies has for them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.local.deploying import ACCOUNT, CHECKOUT
from tests.regions import PRIMARY

POLICIES = CHECKOUT / "docs" / "policies"
DEPLOYER = ("deployer", "deployer-buckets", "deployer-resources", "deployer-webapp")
OPERATOR = ("operator",)
OPERATOR_OF_ORDERS = (*OPERATOR, "operator-application")
OPERATORS_VERBS = {"status", "fence", "unfence", "failover", "failback", "reconcile", "history", "logs", "drill"}

# what a reader replaces
_EXAMPLES = {"123456789012": ACCOUNT, "my-bucket": "code"}


def documents(
    names: tuple[str, ...], folder: Path = POLICIES, examples: Mapping[str, str] = _EXAMPLES
) -> dict[str, str]:
    """The policies by name, for this account and these buckets; ``examples`` is what a reader replaces by what."""
    found = {name: (folder / f"{name}.json").read_text(encoding="utf-8") for name in names}
    for example, ours in examples.items():
        found = {name: text.replace(example, ours) for name, text in found.items()}
    return found


def make_user(client: Callable[..., Any], name: str, policies: Mapping[str, str]) -> dict[str, str]:
    """A user with these policies and no other right; the environment of a shell with its key."""
    iam = client("iam", PRIMARY)
    iam.create_user(UserName=name)
    for policy, document in policies.items():
        made = iam.create_policy(PolicyName=f"{name}-{policy}", PolicyDocument=json.dumps(json.loads(document)))
        iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
