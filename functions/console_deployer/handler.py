"""Copies the web app's files from the release to the buckets that CloudFront serves, on Create and on Update.

There is one in each Region, and CloudFront reads the secondary's while the primary's is away, so both have the same
files. The configuration is written last: a site with a configuration is complete. Requires: s3:GetObject on the
release; on both console buckets s3:PutObject, DeleteObject, ListBucket; on the primary's also DeleteObjectVersion,
ListBucketVersions, and GetObject on deployed.json; cloudfront:CreateInvalidation on the distribution.
"""

import json
import os
from typing import Any

from console_deployer.documents import read_manifest, ui_config
from console_deployer.site import Site, copy, read
from shared import aws, buckets, cloudformation
from shared.aws import Client, log
from shared.cloudformation import Request, section, text


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    cloudformation.run(event, context, _work, "DestinationBucket")


def _work(request: Request) -> dict[str, str]:
    properties = request.properties
    bucket = text(properties, "DestinationBucket")
    s3 = _s3()
    if request.type == "Delete":
        buckets.empty(s3, bucket)  # the secondary Region's is deleted with its files, by a resource of its own
        return {}
    # before anything is written: an invalid request leaves the old site as it is
    config = ui_config(section(properties, "Config"), dict(os.environ))
    regions = [config[side]["region"] for side in ("primary", "secondary")]
    primary = Site(s3, bucket, regions[0], request.remaining_s)
    secondary = Site(_s3(regions[1]), text(properties, "SecondaryBucket"), regions[1], request.remaining_s)
    source_bucket, source_prefix = text(properties, "SourceBucket"), text(properties, "SourcePrefix")
    distribution_id, manifest_hash = text(properties, "DistributionId"), text(properties, "ManifestHash")
    deployed = json.dumps([manifest_hash, bucket, secondary.bucket, config]).encode()
    if primary.has(deployed):
        # The rollback of an update that failed before it wrote anything. It must not fail for the same reason: the
        # secondary Region does not answer, or the release was published anew.
        log("the site is as it should be")
        return {}
    files = read_manifest(read(s3, source_bucket, text(properties, "ManifestKey")), manifest_hash)
    secondary.require_reachable()
    primary.begin()
    sites = (secondary, primary)  # so that a secondary Region that is lost meanwhile leaves the pages as they were
    copy(s3, source_bucket, source_prefix, files, sites)
    for site in sites:
        site.write_config(config)
    for site in sites:
        site.remove_stale(files)
    aws.client("cloudfront").create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": request.id},
    )
    primary.finish(deployed)
    return {}


def _s3(region: str = "") -> Client:
    return aws.client("s3", region, read_timeout_s=10)
