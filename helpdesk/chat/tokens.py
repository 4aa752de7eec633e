"""The visitor's token: a signed secret that opens one conversation for as long as it lives."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode


@dataclass(frozen=True)
class Minted:
    """A new conversation's id and token, and what of them is stored."""

    id: str
    token: str
    hashed: str
    key_id: str


@dataclass(frozen=True)
class Opened:
    """What a well signed token says."""

    id: str
    hashed: str


class Tokens:
    """Sign with the newest key, accept every key that is still given."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.signer = Signer(list(reversed(keys)), salt="conversation", digest_method=hashlib.sha256)
        self.key = keys[0].encode()
        self.key_id = hashlib.sha256(self.key).hexdigest()[:8]

    def mint(self) -> Minted:
        conversation, secret = uuid.uuid4().hex, secrets.token_urlsafe(24)
        token = self.signer.sign(f"{conversation}.{secret}").decode("ascii")
        return Minted(id=conversation, token=token, hashed=_hash(secret), key_id=self.key_id)

    def open(self, token: str) -> Opened | None:
        """Return what the token says, or None where it is not signed by us."""
        if not token.isascii() or len(token) > 300:
            return None
        try:
            conversation, secret = self.signer.unsign(token).decode("ascii").split(".")
            # The last sign has bits that decode to nothing: with others in them it would be a second token for the same.
            signature = token.rpartition(".")[2]
            if base64_encode(base64_decode(signature)).decode("ascii") != signature:
                return None
        except (BadData, ValueError):
            return None
        return Opened(id=conversation, hashed=_hash(secret))

    def digest(self, *parts: str) -> str:
        """Return a keyed hash: it tells whether two texts are the same, and nothing of what they say."""
        mac = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.hexdigest()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
