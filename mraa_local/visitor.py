"""What a visitor of the sample web app gets by mail and by DNS on AWS, and is shown here: password and address."""

import html
import json
import re
import urllib.error
import urllib.request

from mraa_local.errors import LocalCloudError
from mraa_local.process import LocalCloud

_PASSWORD = re.compile(r"temporary password is (\S+)")


def require_page(url: str) -> None:
    """Raise LocalCloudError unless the site serves its page and its configuration."""
    for name in ("index.html", "uiConfig.json"):
        try:
            with urllib.request.urlopen(url + name, timeout=10):  # noqa: S310 - loopback
                pass
        except urllib.error.URLError as error:
            raise LocalCloudError(f"The web app does not answer at {url}{name}: {error}.") from error


def temporary_password(cloud: LocalCloud, user: str) -> str:
    """The password in the newest invitation mail to ``user``."""
    for text in reversed(mails(cloud)):
        if re.search(rf"\b{re.escape(user)}\b", text) and (found := _PASSWORD.search(text)):
            return html.unescape(found.group(1).removesuffix("."))
    raise LocalCloudError(f"The local cloud has sent no invitation to {user}.")


def mails(cloud: LocalCloud) -> list[str]:
    """The texts of all mails that were sent, oldest first."""
    url = f"{cloud.endpoint}/_ministack/ses/messages?token={cloud.token}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            accounts = json.load(answer)["messages"]
    except (urllib.error.URLError, ValueError, KeyError) as error:
        raise LocalCloudError(f"The local cloud does not list its mails: {error}.") from error
    return [mail["BodyText"] or mail["BodyHtml"] or "" for mails in accounts.values() for mail in mails]
