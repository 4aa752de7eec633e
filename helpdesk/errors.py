"""Everything that can go wrong, in one tree.

HelpdeskError
├── SettingsError        the environment says something impossible; the start stops
├── StoreError
│   ├── SchemaError      the ledger was made by another version
│   └── StoreUnavailable the ledger cannot be reached now
├── AssistantDown        Rasa is silent, slow, away or incomprehensible
├── ReplayError          a running server did not answer the replay client as the contract says
├── CommandError         a command cannot do what is asked; the text says why and what to do
│   └── TrainingError    Rasa could not make a model
└── Refusal              a request is refused; what the visitor reads is in words.yml under its code
"""

from __future__ import annotations

from pathlib import Path

STATUS = {
    "bad_json": 400,
    "unauthorized": 401,
    "bad_origin": 403,
    "bad_form": 403,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "timeout": 408,
    "conflict": 409,
    "busy": 409,
    "not_ready": 409,
    "own_work": 403,
    "no_note": 422,
    "taken": 409,
    "not_holder": 409,
    "no_reply": 409,
    "no_callback": 409,
    "not_open": 409,
    "not_waiting": 409,
    "not_closed": 409,
    "not_agreed": 409,
    "too_long": 413,
    "empty": 422,
    "bad_choice": 422,
    "not_on_duty": 422,
    "bad_code": 422,
    "bad_sign_in": 422,
    "bad_link": 422,
    "weak_password": 422,
    "invalid": 422,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}


class HelpdeskError(Exception):
    """The root of our errors."""


class SettingsError(HelpdeskError):
    """A setting cannot be used; the text says which, and what to do."""


class StoreError(HelpdeskError):
    """The ledger failed."""


class SchemaError(StoreError):
    """The ledger's tables are of another version than this program."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(
            f"The ledger has schema version {found}; this program knows version {wanted}. "
            "Start the newer program, or restore a backup that was made before it."
        )
        self.found = found
        self.wanted = wanted


class StoreUnavailable(StoreError):
    """The ledger cannot be reached now: locked, full, or its server is away."""


class AssistantDown(HelpdeskError):
    """Rasa gave no usable reply in time; `reason` is for the log and holds no visitor's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReplayError(HelpdeskError):
    """The server did not answer as the contract says."""


class CommandError(HelpdeskError):
    """A command cannot do what is asked; the text says why, and what to do."""


class TrainingError(CommandError):
    """Rasa could not make a model: its last words, and the file with all of them."""

    def __init__(self, last_words: str, log: Path) -> None:
        super().__init__(f"The training failed. What Rasa said:\n{last_words}\nAll of them: {log}")
        self.last_words = last_words
        self.log = log


class Refusal(HelpdeskError):
    """A request is refused: `code` is one of STATUS, `field` the member of the body or query that is wrong.

    `holder` is the name of who has what was asked for.
    """

    def __init__(self, code: str, *, field: str | None = None, retry_after: int | None = None, holder: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.holder = holder

    @property
    def status(self) -> int:
        return STATUS[self.code]
