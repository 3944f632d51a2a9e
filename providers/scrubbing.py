"""Takes secrets and people out of recorded answers, so that they can be kept beside the tests.

The same value always becomes the same stand-in, of the same shape: what refers to it still does.
Names are taken out where the format says that they are a person's; in a sentence they cannot be
told from others, so recorded answers are still read before they are kept.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from providers.text import hide_contacts

_SECRET_KEYS: Final = re.compile(
    r"(?i)^(?:access_?|refresh_?|id_?|auth_?|session_?)?token$|secret|password|passwd|api_?key|^jwt$|signature"
)
_PERSON_KEYS: Final = re.compile(
    r"(?i)attendee|customer|buyer|acheteur|participant|owner|creator|contributor|^member|invoice_address"
    r"|^contact|organi[sz](?:er|ator|ateur)(?:$|_?(?:name|email|contact))|first_?name|last_?name|^prenom$"
    r"|user_?name|^user$|e?_?mail$|phone|^tel$|mobile|birth|^guest|^invite|(?:created|modified|updated)_?by$"
    r"|^billing|^payer|^client$|iban$"
)
_NUMBER_KEYS: Final = re.compile(r"(?i)phone|^tel$|mobile|^fax$")
_PUBLIC_CONTRIBUTORS: Final = re.compile(r"(?i)^contributors?$")
"""The authors of a book, who are public: catalogues only."""

_PERSON_LINES: Final = re.compile(rb"(?im)^(ATTENDEE|ORGANIZER|CONTACT)[;:].*(?:\r?\n[ \t].*)*", re.MULTILINE)
_PERSON_ELEMENTS: Final = re.compile(
    r"(?is)<((?:\w+:)?(?:ContactName|EmailAddress|TelephoneNumber|FaxNumber|x299|j272|j270|j271))(\s[^>]*)?>"
    r"[^<]*</\1>"
)
_PERSONS: Final = re.compile(
    r"(?is)<((?:\w+:)?(?:attendee|customer|buyer|participant|owner|contact|billing|user)s?)(?:\s[^>]*)?>.*?</\1>"
)
_TEXT: Final = re.compile(r">[^<>]*[^<>\s][^<>]*<")
_ENCODED_EMAIL: Final = re.compile(
    r"([A-Za-z0-9._+-]{1,64})(%40|&#64;|&#x40;|&commat;)([A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,20})"
)
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,20}")
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
        """Give an address, or a text that is sent, without the secrets met so far and without e-mails.

        Numbers stay: in an address they are names of things more often than of telephones.
        """
        text = _EMAIL.sub(lambda found: hide_contacts(found[0]), self._without_secrets(text))
        return _ENCODED_EMAIL.sub(_encoded, text)

    def _without_secrets(self, text: str) -> str:
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
                return (self._text(written) + "\n").encode()
        if stripped[:15].upper() == "BEGIN:VCALENDAR":
            text = _PERSON_LINES.sub(rb"\1:mailto:contact@example.org", text.encode()).decode()
        elif stripped[:1] == "<":
            text = _PERSON_ELEMENTS.sub(r"<\1\2>Contact</\1>", text)
            text = _PERSONS.sub(lambda found: _TEXT.sub(">Contact<", found[0]), text)
        return self._text(text).encode()

    def _in_latin(self, content: bytes) -> bytes:
        return self._text(content.decode("cp1252", "surrogateescape")).encode("cp1252", "surrogateescape")

    def _text(self, text: str) -> str:
        return _ENCODED_EMAIL.sub(_encoded, self._without_secrets(hide_contacts(text)))

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
        bare = "".join(sign for sign in unicodedata.normalize("NFKD", key) if not unicodedata.combining(sign))
        if isinstance(value, int) and not isinstance(value, bool) and _NUMBER_KEYS.search(bare):
            return 100_000_000
        person = bool(_PERSON_KEYS.search(bare)) and not _PUBLIC_CONTRIBUTORS.match(key)
        return self._scrubbed(value, is_person=is_person or person)


def _encoded(found: re.Match[str]) -> str:
    """Give the stand-in of an address whose @ is written otherwise, the same as of the plain one."""
    return hide_contacts(f"{found[1]}@{found[3]}").replace("@", found[2])
