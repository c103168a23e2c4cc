"""Tests of the settings."""

import pytest

from config import Settings, SettingsError, create_secret


def test_the_start_stops_without_a_secret(tmp_path):
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        Settings.from_env({"DATA_DIR": str(tmp_path)})


def test_the_secret_is_created_once_and_is_private(tmp_path):
    assert create_secret(tmp_path / "data")
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "data")})
    assert len(settings.secret_key) == 64
    assert not create_secret(tmp_path / "data")
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("SECURE_COOKIES", "maybe"), ("TIME_ZONE", "Mars/Olympus")],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path, name, value):
    env = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 32, name: value}
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(env)


def test_settings_come_from_the_environment(tmp_path):
    env = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 32, "PORT": "9000", "MAX_UPLOAD_MB": "5"}
    settings = Settings.from_env(env)
    assert settings.port == 9000
    assert settings.max_upload_bytes == 5 * 1024 * 1024
    assert settings.database_url == f"sqlite:///{tmp_path / 'xueshi.db'}"
