"""A partner's adapter that looks at a clock of its own."""

from datetime import UTC, datetime

from tests.providers.parvis.partner import Parvis


class WithAClock(Parvis):
    def fetch(self, visit):
        for page in super().fetch(visit):
            assert datetime.now(UTC)
            yield page
