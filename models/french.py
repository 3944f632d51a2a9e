"""French as screens show it: counted words, dates in a venue's time, amounts; no-break spaces included."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

FRENCH = Locale.parse("fr_FR")
NBSP = "\u00a0"

PLURALS: Mapping[str, str] = {
    "offre": "offres",
    "date": "dates",
    "réservation": "réservations",
    "évènement": "évènements",
    "élément": "éléments",
    "lieu": "lieux",
}


def counted(number: int, word: str, plural: str | None = None) -> str:
    """Give « 0 offre », « 1 offre », « 2 offres »: French counts zero as one."""
    form = word if FRENCH.plural_form(number) == "one" else plural or PLURALS.get(word, f"{word}s")
    return f"{format_decimal(number, locale=FRENCH)}{NBSP}{form}"


def number(amount: int) -> str:
    """Give « 5 000 », with its no-break space."""
    return format_decimal(amount, locale=FRENCH)


def hour(instant: datetime, timezone: str) -> str:
    """Give « 20 h 30 » in the venue's time."""
    local = instant.astimezone(ZoneInfo(timezone))
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02}"


def day(instant: datetime, timezone: str, *, with_year: bool = False) -> str:
    """Give « 12 mars », or « 12 mars 2027 », in the venue's time."""
    local = instant.astimezone(ZoneInfo(timezone))
    text = format_date(local, "d MMMM y" if with_year else "d MMMM", locale=FRENCH)
    return text.replace("1 ", "1er ", 1).replace(" ", NBSP) if local.day == 1 else text.replace(" ", NBSP)


def moment(instant: datetime, timezone: str, *, with_year: bool = False) -> str:
    """Give « 12 mars à 20 h 30 » in the venue's time."""
    return f"{day(instant, timezone, with_year=with_year)} à {hour(instant, timezone)}"


def since(instant: datetime, timezone: str) -> str:
    """Give « depuis 14 h 05 », or « depuis le 12 mars à 14 h 05 » when that was not today."""
    zone = ZoneInfo(timezone)
    if instant.astimezone(zone).date() == datetime.now(zone).date():
        return f"depuis {hour(instant, timezone)}"
    return f"depuis le {moment(instant, timezone)}"


def lasting(length: timedelta) -> str:
    """Give about how long: « 45 s », « 12 min », « 3 h », « 3 h 20 », « 2 jours »."""
    seconds = length.total_seconds()
    if seconds < 90:
        return f"{seconds:.0f}{NBSP}s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes}{NBSP}min"
    if minutes < 36 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}{NBSP}h{NBSP}{rest:02}" if rest and hours < 10 else f"{round(minutes / 60)}{NBSP}h"
    return counted(round(minutes / 1440), "jour")


def confirmed(instant: datetime, timezone: str) -> str:
    """Give « confirmé à 14 h 05 » of what was today, « confirmé le 12 mars à 14 h 05 » of what was not."""
    zone = ZoneInfo(timezone)
    if instant.astimezone(zone).date() == datetime.now(zone).date():
        return f"confirmé à {hour(instant, timezone)}"
    return f"confirmé le {moment(instant, timezone)}"


def day_of_week(instant: datetime, timezone: str) -> str:
    """Give « jeudi 12 mars » in the venue's time; the year too when it is another one than this."""
    local = instant.astimezone(ZoneInfo(timezone))
    other_year = local.year != datetime.now(ZoneInfo(timezone)).year
    return f"{format_date(local, 'EEEE', locale=FRENCH)} {day(instant, timezone, with_year=other_year)}"


def dates(number_of_dates: int, next_at: datetime | None, timezone: str) -> str:
    """Give « jeudi 12 mars à 20 h 30 », « 4 dates, la prochaine jeudi 12 mars à 20 h 30 », or nothing."""
    if next_at is None:
        return ""
    when = f"{day_of_week(next_at, timezone)} à {hour(next_at, timezone)}"
    if number_of_dates < 2:
        return when
    return f"{counted(number_of_dates, 'date')}, la prochaine {when}"


def joined(words: Sequence[str]) -> str:
    """Give « a, b et c »."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"


def euros(amount: Decimal) -> str:
    """Give « 12,50 € », « 26 € », or « gratuit »."""
    if amount == 0:
        return "gratuit"
    if amount == amount.to_integral_value():
        return f"{format_decimal(int(amount), locale=FRENCH)}{NBSP}€"
    return format_currency(amount, "EUR", locale=FRENCH)


def quoted(text: str) -> str:
    """Give « text » with its no-break spaces."""
    return f"«{NBSP}{text}{NBSP}»"
