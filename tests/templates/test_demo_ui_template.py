"""The sample web app's template: sign-in, and how the site is served."""

import json
import re
from typing import Any

import pytest

from tests.templates.resolving import DEMO_UI_PARAMETERS, TOKEN, Resolver, references, walk
from tests.templates.test_main_template import EXPORTED


@pytest.fixture
def resolve(demo_ui: dict[str, Any]) -> Resolver:
    return Resolver(demo_ui, DEMO_UI_PARAMETERS)


def test_outputs_are_the_documented_ones(demo_ui: dict[str, Any], resolve: Resolver) -> None:
    values = {name: resolve(output["Value"]) for name, output in demo_ui["Outputs"].items()}
    assert values == {
        "UserPoolId": "<UserPool>",
        "UserPoolClientId": "<UserPoolClient>",
        "IdentityPoolId": "<IdentityPool>",
        "ConsoleUrl": "https://<Distribution.DomainName>",
    }


def test_all_imports_are_exports_of_the_main_stack(demo_ui: dict[str, Any], resolve: Resolver) -> None:
    imports = {
        resolve(item["Fn::ImportValue"])
        for item in walk(demo_ui)
        if isinstance(item, dict) and "Fn::ImportValue" in item
    }
    assert imports == {f"demo-{name}" for name in EXPORTED}


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("AdminName", ["admin", "Ann.Lee_2"], ["", "a b", "-x", "a" * 129]),
        ("AdminEmail", ["a@example.com", "first.last+tag@sub.example.org"], ["", "a", "a@b", "a b@example.com"]),
        ("SolutionStackName", ["mraa", "My-Stack-1"], ["", "1x", "a_b"]),
    ],
)
def test_parameters_accept_valid_values_only(
    parameter: str, good: list[str], bad: list[str], demo_ui: dict[str, Any]
) -> None:
    found = demo_ui["Parameters"][parameter]
    assert found["ConstraintDescription"]
    assert all(re.fullmatch(found["AllowedPattern"], value) for value in good)
    assert not any(re.fullmatch(found["AllowedPattern"], value) for value in bad)


def test_every_parameter_has_a_label_and_a_group(demo_ui: dict[str, Any]) -> None:
    interface = demo_ui["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(interface["ParameterLabels"]) == sorted(demo_ui["Parameters"])


def test_only_an_administrator_creates_users_and_passwords_are_never_sent(resolve: Resolver) -> None:
    assert resolve.resource("UserPool")["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    client = resolve.resource("UserPoolClient")
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert resolve.resource("IdentityPool")["AllowUnauthenticatedIdentities"] is False


def test_the_administrators_address_is_verified(resolve: Resolver) -> None:
    user = resolve.resource("AdminUser")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert attributes == {"email": "admin@example.com", "email_verified": "true"}
    assert user["Username"] == "admin"


def test_the_role_is_only_for_signed_in_users_of_this_pool(resolve: Resolver) -> None:
    [statement] = resolve.resource("SignedInRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": "<IdentityPool>"},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }


def test_the_site_is_served_over_https_from_a_bucket_that_only_cloudfront_may_read(resolve: Resolver) -> None:
    config = resolve.resource("Distribution")["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert config["DefaultRootObject"] == "index.html"
    for origin in config["Origins"]:
        assert origin["OriginPath"] == "/console"
        assert origin["OriginAccessControlId"] == "<OriginAccessControl.Id>"
    statements = resolve.resource("ConsoleBucketPolicy")["PolicyDocument"]["Statement"]
    [allow] = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Resource"] == [f"arn:aws:s3:::mraa-{TOKEN}-us-east-1-console/console/*"]
    source = "arn:aws:cloudfront::123456789012:distribution/<Distribution>"
    assert allow["Condition"] == {"StringEquals": {"aws:SourceArn": source}}


SECONDARY_BUCKET = f"mraa-{TOKEN}-<demo-SecondaryRegion>-console"


def test_while_the_primary_does_not_answer_cloudfront_asks_the_secondary_regions_bucket(resolve: Resolver) -> None:
    config = resolve.resource("Distribution")["DistributionConfig"]
    [group] = config["OriginGroups"]["Items"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]
    domains = {origin["Id"]: origin["DomainName"] for origin in config["Origins"]}
    assert [domains[member["OriginId"]] for member in group["Members"]["Items"]] == [
        "<ConsoleBucket.RegionalDomainName>",
        f"{SECONDARY_BUCKET}.s3.<demo-SecondaryRegion>.amazonaws.com",
    ]
    # a missing file is no outage
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 502, 503, 504]


def test_cloudfront_gives_a_region_that_hangs_up_within_seconds(resolve: Resolver) -> None:
    for origin in resolve.resource("Distribution")["DistributionConfig"]["Origins"]:
        assert origin["ConnectionAttempts"] * origin["ConnectionTimeout"] <= 2
        assert origin["S3OriginConfig"]["OriginReadTimeout"] <= 4


def test_the_secondary_bucket_has_the_policy_of_the_primary_one(resolve: Resolver) -> None:
    own = resolve.resource("ConsoleBucketPolicy")["PolicyDocument"]
    other = resolve.resource("SecondaryConsoleBucketPolicy")["PolicyDocument"]
    assert json.loads(json.dumps(other).replace(SECONDARY_BUCKET, f"mraa-{TOKEN}-us-east-1-console")) == json.loads(
        json.dumps(own).replace("<ConsoleBucket.Arn>", f"arn:aws:s3:::mraa-{TOKEN}-us-east-1-console")
    )


def test_the_secondary_bucket_exists_before_the_distribution_and_has_its_policy_before_its_files(
    demo_ui: dict[str, Any], resolve: Resolver
) -> None:
    for name in ("SecondaryConsoleBucket", "SecondaryConsoleBucketPolicy"):
        of = resolve.resource(name)
        assert (of["Bucket"], of["Region"]) == (SECONDARY_BUCKET, "<demo-SecondaryRegion>")
    assert resolve.resource("ConsoleFiles")["SecondaryBucket"] == SECONDARY_BUCKET
    resources = demo_ui["Resources"]
    assert "SecondaryConsoleBucket" in references({"DependsOn": resources["Distribution"]["DependsOn"]})
    assert "Distribution" in references(resources["SecondaryConsoleBucketPolicy"]["Properties"])
    assert "SecondaryConsoleBucketPolicy" in resources["ConsoleFiles"]["DependsOn"]


def test_the_function_that_creates_the_bucket_does_not_depend_on_the_distribution(demo_ui: dict[str, Any]) -> None:
    """Or neither could be created."""
    for name in ("SecondaryBucketRole", "SecondaryBucketFunction"):
        assert "Distribution" not in references(demo_ui["Resources"][name])


def test_pages_may_connect_to_sign_in_and_to_both_regions_and_nowhere_else(resolve: Resolver) -> None:
    headers = resolve.resource("SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    rules = {words[0]: words[1:] for words in (rule.split() for rule in policy.split(";"))}
    primary, secondary = "us-east-1", "<demo-SecondaryRegion>"
    assert set(rules["connect-src"]) == {
        "'self'",
        f"https://cognito-idp.{primary}.amazonaws.com",
        f"https://cognito-identity.{primary}.amazonaws.com",
        f"https://<demo-PrimaryRoutingLayerApiId>.execute-api.{primary}.amazonaws.com",
        f"https://<demo-PrimaryPhotosApiId>.execute-api.{primary}.amazonaws.com",
        f"https://<demo-SecondaryRoutingLayerApiId>.execute-api.{secondary}.amazonaws.com",
        f"https://<demo-SecondaryPhotosApiId>.execute-api.{secondary}.amazonaws.com",
        f"https://<demo-PrimaryObjectStoreBucket>.s3.{primary}.amazonaws.com",
        f"https://<demo-SecondaryObjectStoreBucket>.s3.{secondary}.amazonaws.com",
    }
    assert rules["default-src"] == ["'self'"]
    assert rules["frame-ancestors"] == rules["object-src"] == ["'none'"]
    assert "unsafe" not in policy
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert headers["ContentTypeOptions"] == {"Override": True}
    assert headers["FrameOptions"]["FrameOption"] == "DENY"


def test_the_console_deployer_gets_everything_that_uiconfig_requires(resolve: Resolver) -> None:
    files = resolve.resource("ConsoleFiles")
    config = files["Config"]
    assert set(config) == {
        "appId",
        "userPoolId",
        "userPoolClientId",
        "identityPoolId",
        "uiRegion",
        "urlSuffix",
        "primary",
        "secondary",
    }
    assert config["secondary"] == {
        "region": "<demo-SecondaryRegion>",
        "routingLayerApiId": "<demo-SecondaryRoutingLayerApiId>",
        "photosApiId": "<demo-SecondaryPhotosApiId>",
        "objectStoreBucket": "<demo-SecondaryObjectStoreBucket>",
    }
    assert files["ManifestKey"] == "multi-region-application-architecture/v1.0.0/console-manifest.json"
    assert files["ManifestHash"] == "ba9876543210"
    assert files["DestinationBucket"] == f"mraa-{TOKEN}-us-east-1-console"


@pytest.mark.parametrize(("region", "has_logs"), [("us-east-1", True), ("ap-east-1", False)])
def test_cloudfront_logs_to_no_bucket_in_a_region_that_is_disabled_by_default(
    demo_ui: dict[str, Any], region: str, has_logs: bool
) -> None:
    resolve = Resolver(demo_ui, DEMO_UI_PARAMETERS, region)
    assert ("Logging" in resolve.resource("Distribution")["DistributionConfig"]) is has_logs
    assert resolve.exists("WebLogsBucket") is resolve.exists("WebLogsBucketPolicy") is has_logs
