"""What botocore raises, as errors of this tool: credentials, an outage, or AWS's refusal with its code and reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    InfiniteLoopConfigError,
    InvalidConfigError,
    InvalidDefaultsMode,
    InvalidIMDSEndpointError,
    InvalidIMDSEndpointModeError,
    InvalidRetryConfigurationError,
    InvalidS3UsEast1RegionalEndpointConfigError,
    InvalidSTSRegionalEndpointsConfigError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
    UnknownCredentialError,
)
from botocore.parsers import ResponseParserError

from mraa.errors import AwsError, CredentialsError, MraaError, UnreachableError, UsageError

# the code of an UnreachableError: something answered, but not AWS (AWS has no such code)
NOT_AWS = "NotAws"

_REASON_LIMIT = 600
_NOT_IMPLEMENTED = 501

# no credentials: none given, an expired sign-in, a chain of profiles that ends without any
_CREDENTIAL_ERRORS = (
    CredentialRetrievalError,
    InfiniteLoopConfigError,
    InvalidConfigError,
    NoCredentialsError,
    PartialCredentialsError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
    UnknownCredentialError,
)

# values of AWS_* variables and of the AWS config file that botocore does not know
_SETTING_ERRORS = (
    InvalidDefaultsMode,
    InvalidIMDSEndpointError,
    InvalidIMDSEndpointModeError,
    InvalidRetryConfigurationError,
    InvalidS3UsEast1RegionalEndpointConfigError,
    InvalidSTSRegionalEndpointsConfigError,
)

_CREDENTIAL_CODES = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "AuthFailure",
}
_DENIED_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@contextmanager
def translated(what: str, region: str) -> Iterator[None]:
    """Turn botocore's exceptions inside the block into ours; ``what`` says what was being done."""
    where = f"{what} in {region}"
    try:
        yield
    except MraaError:
        raise
    except ClientError as error:
        raise client_error(where, error) from error
    except _CREDENTIAL_ERRORS as error:
        raise CredentialsError(
            f"{where} failed: no usable AWS credentials ({_brief(str(error))}).",
            "Sign in (`aws sso login`, `aws configure`), set AWS_PROFILE, or give --profile.",
        ) from error
    except _SETTING_ERRORS as error:
        raise UsageError(
            f"{where} failed: {_brief(str(error)).rstrip('.')}.",
            "Fix the AWS_* variable or the line of the AWS config file that has this value.",
        ) from error
    except NoRegionError as error:
        raise UsageError(f"{where} failed: no Region is set.", "Give --primary-region.") from error
    except ResponseParserError as error:
        raise UnreachableError(
            f"{where} failed: the answer is not AWS's ({_brief(str(error))}).",
            "Check AWS_ENDPOINT_URL, and whether the network requires a sign-in.",
            code=NOT_AWS,
        ) from error
    except (ConnectionError, HTTPClientError) as error:
        raise UnreachableError(
            f"{where} failed: no answer ({error}).",
            "Check the network and AWS_ENDPOINT_URL; if the Region is down, work from the other one.",
        ) from error
    except BotoCoreError as error:
        raise AwsError(f"{where} failed: {error}.", "Check the value named.") from error
    except OSError as error:  # a token or certificate file
        raise UsageError(f"{where} failed: {error}.", "Check the files that the AWS settings name.") from error
    except ValueError as error:  # botocore: an endpoint that is no URL
        raise UsageError(f"{where} failed: {error}.", "Check AWS_ENDPOINT_URL and MRAA_API_URL.") from error


def client_error(where: str, error: ClientError) -> MraaError:
    """A ClientError as one of ours: credentials, outage, or AWS's refusal with its code and reason."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    reason = str(error.response.get("Error", {}).get("Message", "")) or str(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _CREDENTIAL_CODES:
        return CredentialsError(
            f"{where} failed: AWS does not accept the credentials ({code}: {reason})",
            "Sign in again (`aws sso login`), or check the keys, AWS_PROFILE and this machine's clock.",
        )
    if status == _NOT_IMPLEMENTED:
        return AwsError(
            f"{where} failed: {code}: {reason}",
            "The endpoint does not support this call: check AWS_ENDPOINT_URL, or use another Region.",
            code=code,
            reason=reason,
        )
    if status >= 500:
        return UnreachableError(
            f"{where} failed: {code}: {reason}",
            "If the Region is down, work from the other one.",
            code=code,
            reason=reason,
        )
    said = ": ".join(part for part in (code, _brief(reason)) if part)
    hint = "Have the permission that is named granted, or use another identity." if code in _DENIED_CODES else ""
    return AwsError(f"{where} failed: {said}", hint, code=code, reason=reason)


def _brief(text: str) -> str:
    """One line, truncated: a web server may have sent a whole page."""
    line = " ".join(text.split())
    return line if len(line) <= _REASON_LIMIT else f"{line[:_REASON_LIMIT]}..."
