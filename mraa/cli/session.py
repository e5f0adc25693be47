"""AWS as the settings say: apart from the options, so that a verb that asks AWS nothing does not load botocore."""

from mraa import settings as settings_module
from mraa.aws import CREDENTIALS_TIMEOUT_S, Aws
from mraa.settings import Settings


def make_aws(settings: Settings, credentials_timeout_s: float = CREDENTIALS_TIMEOUT_S) -> Aws:
    """AWS with the profile of ``settings``; the time-out holds unless the environment says another one."""
    timeout_s = settings_module.seconds("MRAA_CREDENTIALS_TIMEOUT", credentials_timeout_s, most=600)
    return Aws(settings.profile, credentials_timeout_s=timeout_s)
