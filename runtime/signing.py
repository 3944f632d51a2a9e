"""Small values that travel through a browser, signed with the installation's keys, each for one purpose."""

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from runtime.secrets import keys_of
from runtime.settings import RuntimeSettings, settings


def timed(purpose: str, configured: RuntimeSettings | None = None) -> URLSafeTimedSerializer:
    """Give the signer of values that grow too old; `loads(…, max_age=seconds)` refuses those."""
    return URLSafeTimedSerializer(_keys(configured), salt=f"passerelle {purpose}")


def lasting(purpose: str, configured: RuntimeSettings | None = None) -> URLSafeSerializer:
    """Give the signer of values that only must be ours."""
    return URLSafeSerializer(_keys(configured), salt=f"passerelle {purpose}")


def _keys(configured: RuntimeSettings | None) -> list[str]:
    """The installation's keys as itsdangerous wants them: the one in use last."""
    return keys_of(configured or settings())[::-1]
