"""The scripted partner as an installed adapter would be found."""

from providers.registry import CONTRACT
from tests.workers.scripted import Partner, Scripted


class Installed(Scripted):
    contract = CONTRACT


PARTNER = Partner(page_items=50)
PROVIDER = Installed(PARTNER)
