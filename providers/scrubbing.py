"""Takes secrets and people out of recorded answers, so that they can be kept beside the tests.

The same value always becomes the same stand-in, of the same shape: what refers to it still does.
Names are taken out where the format says that they are a person's; in a sentence they cannot be
told from others, so recorded answers are still read before they are kept.
"""

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from providers.text import hide_contacts

_SECRET_KEYS: Final = re.compile(
    r"(?i)^(?:access_?|refresh_?|id_?|auth_?|session_?)?token$|secret|password|passwd|api_?key|^jwt$|signature"
)
_PERSON_KEYS: Final = re.compile(
    r"(?i)attendee|customer|buyer|acheteur|participant|owner|creator|contributor|^member|invoice_address"
    r"|^contact|organi[sz]er_?(?:name|email|contact)|first_?name|last_?name|^firstname|^lastname|^prenom$"
    r"|user_?name|e?_?mail$|phone|^tel$|telephone|birth"
)
_PUBLIC_CONTRIBUTORS: Final = re.compile(r"(?i)^contributors?$")
"""The authors of a book, who are public: catalogues only."""

_PERSON_LINES: Final = re.compile(rb"(?im)^(ATTENDEE|ORGANIZER|CONTACT)[;:].*(?:\r?\n[ \t].*)*", re.MULTILINE)
_PERSON_ELEMENTS: Final = re.compile(
    r"(?is)<((?:\w+:)?(?:ContactName|EmailAddress|TelephoneNumber|FaxNumber|x299|j272|j270|j271))(\s[^>]*)?>"
    r"[^<]*</\1>"
)
_LONG_KEY: Final = re.compile(r"(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{24,}")


def stand_in(secret: str) -> str:
    """Give a value of the same shape that is nobody's: letters and digits are others, signs stay."""
    digest = blake2b(secret.encode(), digest_size=32).digest()
    turned = []
    for index, sign in enumerate(secret):
        byte = digest[index % len(digest)]
        if sign.isascii() and sign.isdigit():
            turned.append(str(byte % 10))
        elif sign.isascii() and sign.isalpha():
            letter = chr(ord("a") + byte % 26)
            turned.append(letter.upper() if sign.isupper() else letter)
        else:
            turned.append(sign)
    return "".join(turned)


class Scrubber:
    """Remembers the secrets that it met: those of the settings, of the identifier, and tokens in answers."""

    def __init__(self, secrets: Mapping[str, str], identifier: str = "") -> None:
        self._known: dict[str, str] = {}
        for value in secrets.values():
            self._learn(value)
        for key in _LONG_KEY.findall(identifier):
            self._learn(key)

    def _learn(self, value: str) -> None:
        if len(value) >= 6:
            self._known.setdefault(value, stand_in(value))

    def address(self, text: str) -> str:
        """Give an address, or a text that is sent, without the secrets met so far."""
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, self._known[value])
        return text

    def body(self, content: bytes) -> bytes:
        """Give a body without secrets and people; JSON is written anew, indented."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self._in_latin(content)
        stripped = text.lstrip()
        if stripped[:1] in "{[":
            try:
                document = self._scrubbed(json.loads(text), is_person=False)
            except (ValueError, RecursionError):
                pass
            else:
                written = json.dumps(document, ensure_ascii=False, indent=1)
                return (self.address(hide_contacts(written)) + "\n").encode()
        if stripped[:15].upper() == "BEGIN:VCALENDAR":
            text = _PERSON_LINES.sub(rb"\1:mailto:contact@example.org", text.encode()).decode()
        elif stripped[:1] == "<":
            text = _PERSON_ELEMENTS.sub(r"<\1\2>Contact</\1>", text)
        return self.address(hide_contacts(text)).encode()

    def _in_latin(self, content: bytes) -> bytes:
        text = hide_contacts(content.decode("cp1252", "surrogateescape"))
        return self.address(text).encode("cp1252", "surrogateescape")

    def _scrubbed(self, value: Any, *, is_person: bool) -> Any:
        if isinstance(value, Mapping):
            return {key: self._member(key, each, is_person=is_person) for key, each in value.items()}
        if isinstance(value, list):
            return [self._scrubbed(each, is_person=is_person) for each in value]
        if is_person and isinstance(value, str) and value:
            return stand_in(value)
        return value

    def _member(self, key: str, value: Any, *, is_person: bool) -> Any:
        if isinstance(value, str) and _SECRET_KEYS.search(key):
            self._learn(value)
            return self._known.get(value, value)
        person = bool(_PERSON_KEYS.search(key)) and not _PUBLIC_CONTRIBUTORS.match(key)
        return self._scrubbed(value, is_person=is_person or person)
