"""Copies the web app's files from the release to the bucket that CloudFront serves, on Create and on Update.

The configuration is written last: a site with a configuration is complete. Requires: s3:GetObject on the release;
on the console bucket s3:PutObject, DeleteObject, DeleteObjectVersion, ListBucket, ListBucketVersions;
cloudfront:CreateInvalidation on the distribution.
"""

import os
from typing import Any

from console_deployer.documents import read_manifest, ui_config
from console_deployer.site import Site
from shared import aws, cloudformation
from shared.cloudformation import Request, section, text


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    cloudformation.run(event, context, _work, "DestinationBucket")


def _work(request: Request) -> dict[str, str]:
    properties = request.properties
    site = Site(aws.client("s3", read_timeout_s=10), text(properties, "DestinationBucket"), request.remaining_s)
    if request.type == "Delete":
        site.empty()
        return {}
    # before anything is written: an invalid request leaves the old site as it is
    config = ui_config(section(properties, "Config"), dict(os.environ))
    source_bucket, source_prefix = text(properties, "SourceBucket"), text(properties, "SourcePrefix")
    distribution_id = text(properties, "DistributionId")
    listed = site.read(source_bucket, text(properties, "ManifestKey"))
    files = read_manifest(listed, text(properties, "ManifestHash"))
    site.copy(files, source_bucket, source_prefix)
    site.write_config(config)
    site.remove_stale(files)
    aws.client("cloudfront").create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": request.id},
    )
    return {}
