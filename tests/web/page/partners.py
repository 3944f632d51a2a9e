"""The scripted partner as an installed adapter would be found."""

from tests.workers.scripted import Partner, Scripted

PARTNER = Partner(page_items=50)
PROVIDER = Scripted(PARTNER)
