"""Secrets at rest: only our keys read them, keys rotate, production has its own."""

import multiprocessing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from runtime.errors import SetupError
from runtime.secrets import SecretBox, SecretsUnreadableError, open_secret_box
from runtime.settings import RuntimeSettings

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def settings(data_dir: Path, **given: object) -> RuntimeSettings:
    return RuntimeSettings(**{"data_dir": data_dir, "secret_keys": (), "environment": "development"} | given)


def test_what_is_encrypted_is_read_back_and_not_readable_before():
    encrypted = SecretBox([NEW]).encrypt({"api_key": "clé"})
    assert "clé" not in encrypted
    assert SecretBox([NEW]).decrypt(encrypted) == {"api_key": "clé"}


def test_after_rotation_the_old_key_may_be_dropped():
    encrypted = SecretBox([OLD]).encrypt({"api_key": "k"})
    both = SecretBox([NEW, OLD])
    assert both.decrypt(encrypted) == {"api_key": "k"}
    assert SecretBox([NEW]).decrypt(both.rotate(encrypted)) == {"api_key": "k"}


@pytest.mark.parametrize("read", [SecretBox.decrypt, SecretBox.rotate])
def test_what_no_key_decrypts_is_said_without_showing_it(read):
    with pytest.raises(SecretsUnreadableError, match="PASSERELLE_SECRET_KEYS"):
        read(SecretBox([NEW]), SecretBox([OLD]).encrypt({"api_key": "k"}))


def test_a_key_that_is_none_is_refused_without_showing_it():
    with pytest.raises(SetupError, match="Fernet") as refused:
        SecretBox(["hunter2"])
    assert "hunter2" not in str(refused.value)


def test_production_refuses_to_start_without_keys(tmp_path):
    with pytest.raises(SetupError, match="PASSERELLE_SECRET_KEYS"):
        open_secret_box(settings(tmp_path, environment="production"))
    assert list(tmp_path.iterdir()) == []


def test_production_takes_the_keys_it_is_given(tmp_path):
    box = open_secret_box(settings(tmp_path, environment="production", secret_keys=(NEW, OLD)))
    assert SecretBox([NEW]).decrypt(box.encrypt({"a": "b"})) == {"a": "b"}


def test_in_development_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    data_dir = tmp_path / "data"
    encrypted = open_secret_box(settings(data_dir)).encrypt({"a": "b"})
    assert open_secret_box(settings(data_dir)).decrypt(encrypted) == {"a": "b"}
    (key,) = data_dir.iterdir()
    assert key.stat().st_mode & 0o777 == 0o600


def _encrypt_in(data_dir: Path) -> str:
    return open_secret_box(settings(data_dir)).encrypt({"a": "b"})


def test_processes_that_start_together_make_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        written = pool.map(_encrypt_in, [tmp_path] * 8, chunksize=1)
    box = open_secret_box(settings(tmp_path))
    assert [box.decrypt(encrypted) for encrypted in written] == [{"a": "b"}] * 8
