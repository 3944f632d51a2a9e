"""What the tests alter: a partner's answers as bytes, and an item's payload as values."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import Any, Final, TypeAlias

from lxml import etree

from providers.icalendar_file import unfold
from providers.recorded import Ask, Change, Told

Path: TypeAlias = tuple[Any, ...]

_VEVENT: Final = re.compile(rb"BEGIN:VEVENT\r?\n.*?END:VEVENT\r?\n?", re.DOTALL)
_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


def is_json(told: Told) -> bool:
    return told.body.lstrip()[:1] in (b"{", b"[") and _document(told) is not None


def is_calendar(told: Told) -> bool:
    return told.body.lstrip(b"\xef\xbb\xbf \r\n")[:15].upper() == b"BEGIN:VCALENDAR"


def is_xml(told: Told) -> bool:
    return told.body.lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"<" and _tree(told) is not None


def _document(told: Told) -> Any:
    try:
        return json.loads(told.body, parse_float=Decimal)
    except ValueError:
        return None


def _tree(told: Told) -> Any:
    try:
        return etree.fromstring(told.body, _PARSER)
    except etree.XMLSyntaxError:
        return None


def _written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, default=_number).encode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def of_json(turn: Callable[[Any], Any]) -> Change:
    """Alter the documents among the answers."""

    def change(_: Ask, told: Told) -> Told:
        return replace(told, body=_written(turn(_document(told)))) if is_json(told) else told

    return change


def unfolded(_: Ask, told: Told) -> Told:
    """Undo the folding of calendars, so that their texts can be found."""
    return replace(told, body=unfold(told.body)) if is_calendar(told) else told


def keys_reversed(value: Any) -> Any:
    """Give JSON values whose objects name their members the other way round."""
    if isinstance(value, Mapping):
        return {key: keys_reversed(value[key]) for key in reversed(value)}
    return [keys_reversed(each) for each in value] if isinstance(value, list) else value


def items_reversed(ask: Ask, told: Told) -> Told:
    """List the other way round: the longest list of objects, a calendar's events, a root's equal children."""
    if is_calendar(told):
        events = _VEVENT.findall(told.body)
        bare = _VEVENT.sub(b"\0", told.body)
        for event in reversed(events):
            bare = bare.replace(b"\0", event, 1)
        return replace(told, body=bare)
    if is_xml(told):
        root = _tree(told)
        tags = [child.tag for child in root]
        most = max(set(tags), key=tags.count, default=None)
        same = [child for child in root if child.tag == most]
        at = [root.index(child) for child in same]
        for index, child in zip(at, [*reversed(same)], strict=True):
            root.remove(child)
            root.insert(index, child)
        return replace(told, body=etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    return of_json(_longest_reversed)(ask, told)


def with_children(told: Told, written: Sequence[str]) -> Told:
    """Add elements at the end of every element that has some, but the root; in its namespace."""
    root = _tree(told)
    for parent in [each for each in root.iter(etree.Element) if len(each) and each is not root]:
        for text in written:
            child = etree.fromstring(text)
            for element in child.iter():
                element.tag = etree.QName(etree.QName(parent).namespace, element.tag).text
            parent.append(child)
    return replace(told, body=etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _longest_reversed(document: Any) -> Any:
    lists = [
        (path, value)
        for path, value in _nodes(document)
        if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value)
    ]
    if not lists:
        return document
    path, longest = max(lists, key=lambda each: (len(each[1]), -len(each[0])))
    return put(document, path, longest[::-1])


def _nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _nodes(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _nodes(inner, (*path, index))


def paths(value: Any) -> Sequence[Path]:
    """Give the paths of everything inside a payload."""
    return [path for path, _ in _nodes(value)]


def texts(value: Any) -> Iterator[tuple[Path, str]]:
    """Give the paths of the texts inside a payload, and the texts."""
    return ((path, inner) for path, inner in _nodes(value) if isinstance(inner, str))


def is_document(payload: Any) -> bool:
    """Tell whether a payload is an object or a list, written as JSON in a text."""
    try:
        return isinstance(payload, str) and isinstance(json.loads(payload), dict | list)
    except (ValueError, RecursionError):
        return False


def opened(payload: Any) -> Any:
    """Give the values of a payload that is JSON in a text; any other as it is."""
    return json.loads(payload) if is_document(payload) else payload


def altered(payload: Any, turn: Callable[[Any], Any]) -> Any:
    """Alter the values of a payload; one that is JSON in a text comes back as such."""
    if not is_document(payload):
        return turn(payload)
    return json.dumps(turn(json.loads(payload)), default=_number)


def put(value: Any, path: Path, new: Any) -> Any:
    """Give a payload with one value changed; what is not on the path stays the same object."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, Mapping):
        return {**value, first: put(value[first], tuple(rest), new)}
    changed = list(value)
    changed[first] = put(changed[first], tuple(rest), new)
    return type(value)(changed) if isinstance(value, tuple) else changed


def without(value: Any, path: Path) -> Any:
    """Give a payload with one member or element taken out; the whole when the path is empty."""
    if not path:
        return None
    *before, last = path
    inner = value
    for step in before:
        inner = inner[step]
    left = (
        {key: each for key, each in inner.items() if key != last}
        if isinstance(inner, Mapping)
        else type(inner)([*inner[:last], *inner[last + 1 :]])
    )
    return put(value, tuple(before), left)


def without_named(value: Any, pattern: str) -> Any:
    """Give a payload without its members, elements or lines of these names."""
    if isinstance(value, bytes):
        return _bytes_without(value, pattern)
    if is_document(value):
        return altered(value, lambda document: without_named(document, pattern))
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if not re.search(pattern, str(key))}
        return {key: without_named(each, pattern) for key, each in kept.items()}
    if isinstance(value, list | tuple):
        return type(value)(without_named(each, pattern) for each in value)
    return value


def _bytes_without(value: bytes, pattern: str) -> bytes:
    if value.lstrip().startswith(b"<"):
        root = etree.fromstring(value, _PARSER)
        for element in list(root.iter(etree.Element)):
            if re.search(pattern, etree.QName(element).localname) and element.getparent() is not None:
                element.getparent().remove(element)
        return bytes(etree.tostring(root))
    lines = value.splitlines(keepends=True)
    named = [line.split(b":")[0].decode("utf-8", "replace") for line in lines]
    return b"".join(line for line, name in zip(lines, named, strict=True) if not re.search(pattern, name))


def rewritten(changes: Mapping[str, str]) -> Change:
    """Rewrite patterns in every answer that is text."""

    def change(_: Ask, told: Told) -> Told:
        try:
            text = told.body.decode("utf-8")
        except UnicodeDecodeError:
            return told
        for pattern, new in changes.items():
            text = re.sub(pattern, lambda _, new=new: new, text)  # type: ignore[misc]
        return replace(told, body=text.encode())

    return change


def said_otherwise(changes: Mapping[str, str]) -> Change:
    """Replace texts in every answer, however its format escapes them."""

    def change(ask: Ask, told: Told) -> Told:
        told = unfolded(ask, told)
        body = told.body
        for old, new in changes.items():
            body = replaced(body, old, new)
        return replace(told, body=body)

    return change


def replaced(body: bytes, old: str, new: str) -> bytes:
    """Replace a text in bytes, however it is escaped there; the new one is escaped alike."""
    for write in _WRITINGS:
        try:
            as_written, meant = write(old), write(new)
        except UnicodeEncodeError:
            continue
        if as_written in body:
            return body.replace(as_written, meant)
    return body


def _of_calendar(text: str) -> bytes:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n").encode()


_WRITINGS: Final[Sequence[Callable[[str], bytes]]] = (
    lambda text: text.encode("ascii"),
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1].encode(),
    lambda text: json.dumps(text)[1:-1].encode(),
    lambda text: escape(text, quote=False).encode("utf-8", "surrogatepass"),
    _of_calendar,
    lambda text: text.encode("cp1252"),
)
