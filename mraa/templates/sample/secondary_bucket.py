"""The site's bucket in the secondary Region, with its policy.

A stack creates nothing in another Region, so both are custom resources (``functions/secondary_bucket``): the template
alone still launches all of it, without the roles of a stack set.
"""

from awacs.aws import Statement
from troposphere import Template, awslambda, cloudformation, encode_to_dict

from mraa import names
from mraa.templates import explanations, policies
from mraa.templates.explanations import explain
from mraa.templates.parts import Function, Substitution, add_custom_resource, add_function
from mraa.templates.policies import allow
from mraa.templates.release import Release

NAME = names.console(names.TOKEN, "${SecondaryRegion}")  # for Fn::Sub, as the others
ARN = f"arn:${{AWS::Partition}}:s3:::{NAME}"
DOMAIN = f"{NAME}.s3.${{SecondaryRegion}}.${{AWS::URLSuffix}}"
BUCKET, POLICY = "SecondaryConsoleBucket", "SecondaryConsoleBucketPolicy"
SITE_FILES = "The site's files: the bucket holds nothing else."  # of this bucket, and of the primary Region's

_TIMEOUT_S = 120
_SERVICE_TIMEOUT_S = 150


def add_bucket(template: Template, sub: Substitution, release: Release) -> None:
    """Add the bucket and the function that creates it.

    The function may create and delete one bucket, by its name, and write its policy, but not its files. It is not the
    console deployer: that one knows the distribution, which needs the bucket first; and where an update is rolled back,
    the deployer is the old release's before the new bucket is removed.
    """
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="SecondaryBucket",
            folder=names.SECONDARY_BUCKET,
            description="Creates the site's bucket in the secondary Region, puts its policy, and deletes it.",
            timeout_s=_TIMEOUT_S,
            memory_mib=256,
            statements=[
                allow(
                    "s3:CreateBucket s3:DeleteBucket s3:ListBucketVersions s3:PutBucketOwnershipControls "
                    "s3:PutBucketPolicy s3:PutBucketPublicAccessBlock s3:PutEncryptionConfiguration",
                    [sub(ARN)],
                ),
                allow(
                    "s3:DeleteObject s3:DeleteObjectVersion",
                    [sub(f"{ARN}/*")],
                    why=SITE_FILES,
                ),
            ],
        ),
        role={"Path": sub(names.role_path(names.TOKEN))},
    )
    explain(template.resources["SecondaryBucketRole"], *explanations.MAKES_SITE_BUCKET)
    _add(template, sub, function, BUCKET, "SecondaryBucket")


def add_policy(template: Template, sub: Substitution, statement: Statement) -> None:
    """Add the bucket's policy: TLS only, and ``statement``."""
    document = policies.document(policies.deny_plain_http("s3", sub(ARN), sub(f"{ARN}/*")), statement)
    function = template.resources["SecondaryBucketFunction"]
    _add(
        template,
        sub,
        function,
        POLICY,
        "SecondaryBucketPolicy",
        DependsOn=template.resources[BUCKET],
        PolicyDocument=encode_to_dict(document),
    )


def _add(
    template: Template, sub: Substitution, function: awslambda.Function, title: str, kind: str, **properties: object
) -> cloudformation.CustomResource:
    where = {"Bucket": sub(NAME), "Region": sub("${SecondaryRegion}")}
    return add_custom_resource(template, title, kind, function, timeout_s=_SERVICE_TIMEOUT_S, **where, **properties)
