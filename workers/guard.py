"""The guard: what a run may take from readers without asking a person."""

from dataclasses import dataclass

SHARE = 0.2
FEW = 5


@dataclass(frozen=True, slots=True)
class Losses:
    """What a link shows, not counting what is over, and what a complete snapshot would take of it."""

    items: int
    dates: int
    items_lost: int
    dates_lost: int
    booked_dates_lost: int
    listed: int
    """Items that the snapshot listed: none, while we show some, is never believed at once."""

    def reasons(self) -> list[str]:
        """Name what is too much; an empty list lets the withdrawal pass."""
        if self.items_lost == 0 and self.dates_lost == 0:
            return []
        found = []
        if self.listed == 0:
            found.append("empty_answer")
        if too_many(self.items_lost, self.items):
            found.append("many_items")
        if too_many(self.dates_lost, self.dates):
            found.append("many_dates")
        if self.booked_dates_lost > 0 and self.dates_lost - 1 > FEW:
            found.append("booked_dates")
        return found


@dataclass(frozen=True, slots=True)
class Changes:
    """Prices and categories that readers see, and how many offers would show others."""

    offers: int
    offers_changed: int
    tenfold: int

    def reasons(self) -> list[str]:
        """Name what is too much; `tenfold` alone holds only the tenfold prices back."""
        found = []
        if too_many(self.offers_changed, self.offers):
            found.append("many_changes")
        if self.tenfold:
            found.append("tenfold_prices")
        return found


def too_many(lost: int, shown: int) -> bool:
    """More than a fifth, and more than five."""
    return lost > FEW and lost > SHARE * shown
