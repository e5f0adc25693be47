"""What S3 decides about an object of which the request says nothing: it is encrypted, and its type is a byte stream.

Copies obey ``If-Match`` and ``If-None-Match`` as uploads do.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
"""

from mraa_local.engine import objects

CONTENT_TYPE = "binary/octet-stream"
ENCRYPTION = {"x-amz-server-side-encryption": "AES256"}


def install() -> None:
    """Set the defaults, and check the conditions of copies."""
    objects.default_content_type(CONTENT_TYPE)
    objects.default_encryption(ENCRYPTION)
    objects.check_conditions_of_copies()
