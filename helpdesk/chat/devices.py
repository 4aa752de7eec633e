"""Go on with a conversation on another device: show a short code there, type it here."""

from __future__ import annotations

import secrets
from typing import Any

from helpdesk.chat.service import ChatService
from helpdesk.errors import Refusal
from helpdesk.store.devices import LIFE_SECONDS

# No vowels, so that no word comes out, and nothing that looks or sounds like something else.
ALPHABET = "BCDFGHJKMPQRTVWXY2346789"
LENGTH = 8


class DeviceCodes:
    """Codes of eight letters and figures: some hundred thousand million of them, each good once and for ten minutes."""

    def __init__(self, service: ChatService) -> None:
        self.service = service
        self.codes = service.store.devices

    async def offer(self, conversation: str, token: str) -> dict[str, Any]:
        """Return a new code for a conversation."""
        self.service.limit(("conversation_forms", conversation))
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        await self.service.store.run(self.codes.offer, conversation, digest=self._digest(code), token=token)
        return {"code": f"{code[:4]} {code[4:]}", "expires_in": LIFE_SECONDS}

    async def take(self, body: dict[str, Any], address: str | None) -> dict[str, str]:
        """Return the conversation that a code stands for, with its token."""
        code = _read(body.get("code"))
        self.service.limit(("block_codes", self.service.blocks.name(address)))
        token = await self.service.store.run(self.codes.take, self._digest(code)) if code else None
        row = await self.service.enter_by_token(token) if token else None
        if token is None or row is None:
            raise Refusal("bad_code", field="code")
        return {"id": str(row["id"]), "token": token}

    def _digest(self, code: str) -> str:
        return self.service.tokens.digest("device", code)


def _read(value: object) -> str | None:
    """Return the code as it was given out, however it was typed; None where it cannot be one."""
    if not isinstance(value, str):
        raise Refusal("invalid", field="code")
    code = "".join(char for char in value[:100].upper() if char.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
