"""Policy documents as IAM checks them; the engine would keep what IAM does not understand."""

import json
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.engine import roles


def require_valid(document: Any) -> None:
    """Raise ValueError, the resource's status reason, for a document that IAM does not understand."""
    if problem := roles.document_problem(document):
        refuse(problem, "Iam", 400, "InvalidRequest")


def length(document: Any) -> int:
    """The characters that IAM counts: all but white space."""
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
    return len("".join(text.split()))
