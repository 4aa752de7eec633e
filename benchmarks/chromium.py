"""Where a Chromium is on this machine, if there is one."""

from __future__ import annotations

import shutil

# The first is the same browser without what only a screen needs: half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
