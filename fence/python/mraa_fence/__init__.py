"""Writes of an active/passive application over two AWS Regions: only the Region that may write makes them.

The protocol, for any language: ``fence/README.md`` of the project. Needs nothing but boto3's botocore.
"""

from mraa_fence.fence import Fence, RegionFenced
from mraa_fence.retries import is_transient, is_unanswered
from mraa_fence.validation import FenceError

__all__ = ["Fence", "FenceError", "RegionFenced", "is_transient", "is_unanswered"]
