#!/usr/bin/env python3
"""Write helpdesk/content/pages.sha256 from the text of the two pages, which are not kept here.

Usage: PYTHONPATH=. python tools/hash_pages.py PAGE.txt [PAGE.txt …]. After a page has changed, run it and commit the result.
"""

from __future__ import annotations

import sys
from pathlib import Path

from helpdesk.content.borrowed import HASHES, RUN, hashes_of


def main() -> int:
    pages = [Path(name) for name in sys.argv[1:]]
    if not pages:
        print(__doc__)
        return 2
    known = sorted({h for page in pages for h in hashes_of(page.read_text(encoding="utf-8"))})
    head = f"# Hashes of every run of {RUN} words on the two pages; written by tools/hash_pages.py.\n"
    HASHES.write_text(head + "\n".join(known) + "\n", encoding="ascii")
    print(f"{len(known)} runs of {RUN} words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
