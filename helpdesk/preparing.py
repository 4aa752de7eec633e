"""`python -m helpdesk.preparing FOLDER`: make the safety net of a content, so that the web process finds it in the state folder.

That takes seconds, and a minute where there are many new sentences. It is nobody's to wait for: it runs beside, and gives way.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from helpdesk.following import next_safety
from helpdesk.processes import give_way
from helpdesk.safety import SafetyError
from helpdesk.settings import read_settings

NICE = 10


def main(root: Path) -> None:
    """Make it. What is wrong with the content the web process finds again, and says."""
    os.nice(NICE)
    give_way(os.getpid(), NICE)
    try:
        next_safety(replace(read_settings(), data=root / "data"))
    except SafetyError as error:
        print(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
