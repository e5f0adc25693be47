"""The sample web app's template: sign-in, the site, and the deployer of its files.

It imports the main stack's exports, which works only in their own Region: this stack is in the primary Region. If that
Region is lost, the site is served from the secondary Region's bucket; new sign-ins are lost with it.
"""

from typing import Any

from troposphere import AWSHelperFn, GetAtt, ImportValue, Output, Parameter, Ref, Sub, Template

from mraa import names
from mraa.templates.explanations import explain_wildcards
from mraa.templates.parts import Function, Substitution, add_custom_resource, add_function, stack_token
from mraa.templates.policies import allow
from mraa.templates.release import Release
from mraa.templates.sample import secondary_bucket
from mraa.templates.sample.sign_in import add_sign_in
from mraa.templates.sample.site import CONSOLE_BUCKET, DISTRIBUTION, add_site

# parameter -> label, description, rules
_PARAMETERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "AdminName": (
        "Administrator's user name",
        "User name of the sample web app's administrator.",
        {
            "AllowedPattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
            "ConstraintDescription": "must have 1 to 128 letters, digits, dots, hyphens and underscores",
        },
    ),
    "AdminEmail": (
        "Administrator's e-mail address",
        "E-mail address that the temporary password is sent to.",
        {
            "AllowedPattern": r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            "ConstraintDescription": "must be an e-mail address",
        },
    ),
    "SolutionStackName": (
        "Name of the solution's stack",
        "Name of the main stack, in this Region.",
        {
            "AllowedPattern": "^[A-Za-z][A-Za-z0-9-]{0,127}$",
            "ConstraintDescription": "must be the name of a stack: letters, digits and hyphens, starting with a letter",
            "Default": "mraa",
        },
    ),
}


def imported(name: str) -> AWSHelperFn:
    """An export of the main stack."""
    return ImportValue(Sub(f"${{SolutionStackName}}-{name}"))


def build(release: Release) -> Template:
    """The web app's template of a release."""
    template = Template(Description="Multi-Region Application Architecture: sample web app for photos and comments")
    template.set_version("2010-09-09")
    for name, (_, description, rules) in _PARAMETERS.items():
        template.add_parameter(Parameter(name, Type="String", Description=description, **rules))
    template.set_metadata(
        {
            "AWS::CloudFormation::Interface": {
                "ParameterGroups": [
                    {"Label": {"default": "Administrator"}, "Parameters": ["AdminName", "AdminEmail"]},
                    {"Label": {"default": "Back end"}, "Parameters": ["SolutionStackName"]},
                ],
                "ParameterLabels": {name: {"default": label} for name, (label, _, _) in _PARAMETERS.items()},
            }
        }
    )
    backend = {
        name: imported(name)
        for side in ("Primary", "Secondary")
        for name in (f"{side}RoutingLayerApiId", f"{side}PhotosApiId", f"{side}ObjectStoreBucket")
    } | {"AppId": imported("SampleApplicationAppId"), "SecondaryRegion": imported("SecondaryRegion")}
    sub = Substitution(Token=stack_token(), **backend)
    add_sign_in(template, sub)
    add_site(template, sub, release)
    _add_console(template, sub, release)
    outputs = {
        "UserPoolId": ("User pool of the web app", Ref("UserPool")),
        "UserPoolClientId": ("The web app's client in the user pool", Ref("UserPoolClient")),
        "IdentityPoolId": ("Identity pool of the web app", Ref("IdentityPool")),
        "ConsoleUrl": ("URL of the web app", Sub(f"https://${{{DISTRIBUTION}.DomainName}}")),
    }
    explain_wildcards(template)
    for name, (description, value) in outputs.items():
        template.add_output(Output(name, Description=description, Value=value))
    return template


def _add_console(template: Template, sub: Substitution, release: Release) -> None:
    """The deployer and its custom resource: a changed file changes the manifest, which runs it again."""
    source_bucket = names.code_bucket(release.bucket_prefix, names.REGION)
    source_prefix = f"{release.solution_name}/{release.version}"
    source_arn = f"arn:${{AWS::Partition}}:s3:::{source_bucket}/{source_prefix}"
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="ConsoleDeployer",
            folder=names.CONSOLE_DEPLOYER,
            description="Copies the web app's files and configuration to the buckets that CloudFront serves.",
            timeout_s=240,
            memory_mib=512,
            statements=[
                allow(
                    "s3:GetObject",
                    [sub(f"{source_arn}/{names.CONSOLE_FOLDER}/*"), sub(f"{source_arn}/{names.MANIFEST}")],
                    why="The web app's files of this release.",
                ),
                allow("s3:ListBucket s3:ListBucketVersions", [GetAtt(CONSOLE_BUCKET, "Arn")]),
                allow(
                    "s3:DeleteObject s3:DeleteObjectVersion s3:PutObject",
                    [Sub(f"${{{CONSOLE_BUCKET}.Arn}}/*")],
                    why=secondary_bucket.SITE_FILES,
                ),
                allow("s3:GetObject", [Sub(f"${{{CONSOLE_BUCKET}.Arn}}/{names.DEPLOYED}")]),
                allow("s3:ListBucket", [sub(secondary_bucket.ARN)]),
                allow(
                    "s3:DeleteObject s3:PutObject", [sub(f"{secondary_bucket.ARN}/*")], why=secondary_bucket.SITE_FILES
                ),
                allow(
                    "cloudfront:CreateInvalidation",
                    [Sub(f"arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{DISTRIBUTION}}}")],
                ),
            ],
        ),
        role={"Path": sub(names.role_path(names.TOKEN))},
    )
    sides = {
        side.lower(): {
            "region": region,
            "routingLayerApiId": imported(f"{side}RoutingLayerApiId"),
            "photosApiId": imported(f"{side}PhotosApiId"),
            "objectStoreBucket": imported(f"{side}ObjectStoreBucket"),
        }
        for side, region in (("Primary", Ref("AWS::Region")), ("Secondary", imported("SecondaryRegion")))
    }
    add_custom_resource(
        template,
        "ConsoleFiles",
        "ConsoleFiles",
        function,
        timeout_s=300,
        SourceBucket=sub(source_bucket),
        SourcePrefix=source_prefix,
        ManifestKey=f"{source_prefix}/{names.MANIFEST}",
        ManifestHash=release.console_hash,
        DestinationBucket=Ref(CONSOLE_BUCKET),
        SecondaryBucket=sub(secondary_bucket.NAME),
        DependsOn=template.resources[secondary_bucket.POLICY],
        DistributionId=Ref(DISTRIBUTION),
        Config={
            "appId": imported("SampleApplicationAppId"),
            "userPoolId": Ref("UserPool"),
            "userPoolClientId": Ref("UserPoolClient"),
            "identityPoolId": Ref("IdentityPool"),
            "uiRegion": Ref("AWS::Region"),
            "urlSuffix": Ref("AWS::URLSuffix"),
            **sides,
        },
    )
