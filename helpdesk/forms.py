"""The forms a visitor can fill in: a callback, a word on an answer. What they hold is checked here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from helpdesk.errors import Refusal
from helpdesk.message import read_text
from helpdesk.privacy import mask

MAX_FIELD = 200
MAX_COMMENT = 1000
MAX_SEQ = 10**9
LOCAL_DIGITS = 7
NORTH_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")  # the plan of +1: area code and exchange begin with 2 to 9


@dataclass(frozen=True)
class Callback:
    """A promised phone call; kept encrypted."""

    name: str
    phone: str
    when: str
    topic: str | None


@dataclass(frozen=True)
class Feedback:
    """A visitor's word on one answer; the comment is masked."""

    seq: int
    helpful: bool
    comment: str | None


def read_callback(body: Mapping[str, Any]) -> Callback:
    if body.get("consent") is not True:
        raise Refusal("invalid", field="consent")
    topic = body.get("topic")
    return Callback(
        name=_line(body, "name"),
        phone=_phone(body.get("phone")),
        when=_line(body, "when"),
        topic=None if topic in (None, "") else _line(body, "topic"),
    )


def read_feedback(body: Mapping[str, Any]) -> Feedback:
    seq, helpful, comment = body.get("seq"), body.get("helpful"), body.get("comment")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < MAX_SEQ:
        raise Refusal("invalid", field="seq")
    if not isinstance(helpful, bool):
        raise Refusal("invalid", field="helpful")
    return Feedback(seq=seq, helpful=helpful, comment=read_comment(comment, field="comment"))


def read_comment(value: object, *, field: str) -> str | None:
    """Return an optional remark, tidied, not yet masked."""
    if value is None or value == "":
        return None
    return read_text(value, field=field, limit=MAX_COMMENT)


def masked(comment: str | None) -> str | None:
    return mask(comment)[0] if comment else None


def without_details(callback: Callback) -> Callback:
    """Return the callback as its conversation may hold it: nothing that is said of time and topic tells who or where."""
    topic = _hidden(callback.topic, callback) if callback.topic else None
    return Callback(name="", phone="", when=_hidden(callback.when, callback), topic=topic)


def _hidden(text: str, callback: Callback) -> str:
    """Hide personal details, and each part of the caller's own name."""
    text = mask(text)[0]
    for part in re.findall(r"\w{2,}", callback.name):
        text = re.sub(rf"\b{re.escape(part)}\b", "[name]", text, flags=re.IGNORECASE)
    return "[phone]" if _digits(callback.phone)[-LOCAL_DIGITS:] in _digits(text) else text


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


def phone_shown(phone: str) -> str:
    """Return a kept number as people write it, with its country."""
    return str(phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def phone_href(phone: str) -> str:
    """Return the address that calls a kept number."""
    return str(phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.RFC3966))


def _line(body: Mapping[str, Any], name: str) -> str:
    return read_text(body.get(name), field=name, limit=MAX_FIELD).replace("\n", " ")


def _phone(value: object) -> str:
    """Return the number in its international form; a number without a country is one of the United States."""
    if not isinstance(value, str) or len(value) > 60:
        raise Refusal("invalid", field="phone")
    try:
        number = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        raise Refusal("invalid", field="phone") from None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or (number.country_code == 1 and not NORTH_AMERICAN.fullmatch(str(number.national_number))):
        raise Refusal("invalid", field="phone")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written} ext. {number.extension}" if number.extension else written
