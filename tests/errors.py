"""AWS's errors as a boto3 client raises them."""

from typing import Any

from botocore.exceptions import ClientError


def client_error(
    code: str, message: str = "", *, operation: str = "Operation", status: int = 400, reasons: Any = None
) -> ClientError:
    """``reasons`` are a cancelled transaction's codes, or whole reasons with their items."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message or f"because of {code}"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons is not None:
        response["CancellationReasons"] = [
            {"Code": reason} if isinstance(reason, str) else reason for reason in reasons
        ]
    return ClientError(response, operation)


def cancelled(*reasons: Any) -> ClientError:
    """TransactWriteItems cancelled for ``reasons``, one for each of its items."""
    return client_error("TransactionCanceledException", operation="TransactWriteItems", reasons=reasons)
