"""What the routes' addresses are made of, and what each kind of route may answer."""

from typing import Annotated

from fastapi import Path

from web.problems import documented

BIGGEST = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=BIGGEST)]

READS = documented(400, 401, 404, 422, 503)
WRITES = documented(400, 401, 403, 404, 409, 413, 422, 503)
"""Every route that writes takes a request once: told again, it answers 409 or the run it led to."""
ASKS = WRITES | documented(429)
