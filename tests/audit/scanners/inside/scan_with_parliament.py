"""parliament, with its community's rules, over policies: lines of JSON in, findings as JSON out."""

import json
import re
import sys

from parliament import analyze_policy_string


def main() -> None:
    for line in sys.stdin:
        policy = json.loads(line)
        for found in analyze_policy_string(policy.pop("document"), include_community_auditors=True).findings:
            print(json.dumps(policy | {"rule": found.issue, "detail": text(found.detail or found.location)}))


def text(detail: object) -> str:
    """A detail as one line: a text, or lists of actions."""
    match detail:
        case dict():
            return "; ".join(text(of) for name, of in detail.items() if of and name in ("actions", "string"))
        case list():
            return " ".join(sorted(map(str, detail)))
        case _:
            return re.sub(r"\barn:\S+", "<ARN>", str(detail))  # the rule and the resource say whose


if __name__ == "__main__":
    main()
