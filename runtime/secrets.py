"""Secrets of links (a partner's API key, a shop's password) at rest: encrypted, with keys that rotate."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from runtime.errors import SetupError
from runtime.settings import RuntimeSettings

_KEY_FILE = "secret.key"


class SecretsUnreadableError(Exception):
    """None of our keys decrypts this: the key was dropped too early, or the text was changed."""


class SecretBox:
    """Encrypts a link's secrets, by the name of their setting; the text fits a text column.

    Parameters
    ----------
    keys
        Fernet keys (32 bytes, URL-safe base64): the first encrypts, all decrypt. To rotate, put a new
        one first, `rotate` what is stored, then drop the old one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise SetupError(
                "PASSERELLE_SECRET_KEYS takes Fernet keys, comma separated; make one with: "
                'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
            ) from None

    def encrypt(self, secrets: Mapping[str, str]) -> str:
        """Give the secrets as one text that only our keys read; never the same twice."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode()).decode()

    def decrypt(self, encrypted: str) -> dict[str, str]:
        """Give back what was encrypted; SecretsUnreadableError when no key of ours fits."""
        try:
            secrets: dict[str, str] = json.loads(self._fernet.decrypt(encrypted))
        except InvalidToken:
            raise SecretsUnreadableError("None of PASSERELLE_SECRET_KEYS decrypts these secrets") from None
        return secrets

    def rotate(self, encrypted: str) -> str:
        """Encrypt again with the first key, keeping the time of the first encryption."""
        try:
            return self._fernet.rotate(encrypted).decode()
        except InvalidToken:
            raise SecretsUnreadableError("None of PASSERELLE_SECRET_KEYS decrypts these secrets") from None


def open_secret_box(settings: RuntimeSettings) -> SecretBox:
    """Give the box for the installation's keys (`keys_of`)."""
    return SecretBox(keys_of(settings))


def keys_of(settings: RuntimeSettings) -> list[str]:
    """Give the installation's keys, the one in use first: what is encrypted or signed with others is refused.

    Without keys production refuses to start (SetupError); elsewhere a key is made once in
    `data_dir/secret.key`, which only its owner may read.
    """
    keys = [key.get_secret_value() for key in settings.secret_keys]
    if keys:
        return keys
    if settings.environment == "production":
        raise SetupError(
            "Production keeps partners' secrets encrypted: set PASSERELLE_SECRET_KEYS; make a key with: "
            'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        )
    return [_key_of(settings.data_dir)]


def _key_of(data_dir: Path) -> str:
    """Read the directory's key, made by whichever process comes first."""
    path = data_dir / _KEY_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=data_dir, prefix=_KEY_FILE) as fresh:  # made with mode 0600
            fresh.write(Fernet.generate_key())
            fresh.flush()
            with suppress(FileExistsError):
                os.link(fresh.name, path)  # whole or not at all, and never over another's
    return path.read_text().strip()
