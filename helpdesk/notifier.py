"""The one door to apprise: it is loaded where a notification is wanted, and keeps silent, since its addresses hold passwords."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

Send = Callable[[str, str], bool]

NEVER = logging.CRITICAL + 1
TALKERS = ("apprise", "urllib3", "requests_oauthlib", "oauthlib")  # each would log addresses, or what it signs


def notifier(url: str, sender: str, site: str) -> Send | None:
    """Return what sends a title and a text to an address, and says whether they went; None for one not understood."""
    for name in TALKERS:
        logging.getLogger(name).setLevel(NEVER)
    import apprise  # takes a second: only where notifications are wanted

    asset = apprise.AppriseAsset(
        app_id=sender,
        app_desc=sender,
        app_url=site,
        image_url_mask="",  # no picture from another site beside a message
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
        service_timeout=0,  # otherwise apprise waits for it in a thread of its own
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return None
    known = apprise.Apprise(service, asset=asset)
    return lambda title, text: bool(known.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT.value))


def scheme_of(url: str) -> str | None:
    """Return what stands before `://`: the one part of an address that may be shown."""
    found = re.match(r"([a-z][a-z0-9+.-]{0,23})://", url, re.IGNORECASE)
    return found[1].lower() if found else None
