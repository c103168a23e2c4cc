"""Every setting of Xueshi, read from the environment once, typed and documented.

Nothing else reads the environment. All state lives below `data_dir`.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
MEBIBYTE = 1024 * 1024
SHANGHAI = ZoneInfo("Asia/Shanghai")


class SettingsError(Exception):
    """A setting is missing or cannot be understood; the start stops with its message."""


@dataclass(frozen=True)
class Settings:
    """What the operator decides; the field comments name the environment variables."""

    data_dir: Path  # DATA_DIR: database, files, index, secret and logs live here
    secret_key: str  # SECRET_KEY, else the file data_dir/secret_key that set-up creates
    database_url: str  # DATABASE_URL: sqlite below data_dir by default, or postgresql+psycopg://
    host: str = "127.0.0.1"  # HOST: the address to listen on; 0.0.0.0 for the whole intranet
    port: int = 8000  # PORT
    web_workers: int = 2  # WEB_WORKERS: gunicorn processes
    web_threads: int = 16  # WEB_THREADS: of each that write, and as many for slow lines
    job_threads: int = 1  # JOB_THREADS: slow jobs that run side by side in one worker
    zone: ZoneInfo = SHANGHAI  # TIME_ZONE: whose days and months count
    language: str = "zh"  # LANGUAGE_DEFAULT: zh or en, for whoever has not chosen
    org_name: str = "示例集团 · 网上党校"  # ORG_NAME: shown in the header
    accent: str = "cinnabar"  # ACCENT: cinnabar, indigo, pine or plum
    storage_url: str = ""  # STORAGE_URL: empty for data_dir/files, or s3://bucket/prefix
    storage_endpoint: str = ""  # STORAGE_ENDPOINT: address of an S3-compatible store
    redis_url: str = ""  # REDIS_URL: rate limits shared by several web hosts
    search_engine: str = "whoosh"  # SEARCH_ENGINE: whoosh or postgresql
    max_upload_bytes: int = 4096 * MEBIBYTE  # MAX_UPLOAD_MB
    max_form_bytes: int = 64 * MEBIBYTE  # MAX_FORM_MB: requests other than resumable uploads
    trusted_proxies: int = 0  # TRUSTED_PROXIES: how many proxies stand in front
    secure_cookies: bool = False  # SECURE_COOKIES: yes when people reach it by https only
    session_days: int = 14  # SESSION_DAYS: a sign-in ends after so many days unused
    rate_limits: bool = True  # RATE_LIMITS: no switches them off, for load tests only
    content_dir: Path = ROOT / "content"  # CONTENT_DIR: the sample library
    log_level: str = "INFO"  # LOG_LEVEL

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; raises SettingsError with one sentence when something is wrong."""
        data_dir = Path(env.get("DATA_DIR") or ROOT / "data").expanduser().resolve()
        try:
            return cls(
                data_dir=data_dir,
                secret_key=_secret(env, data_dir),
                database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'xueshi.db'}",
                host=env.get("HOST", cls.host),
                port=_number(env, "PORT", cls.port),
                web_workers=_number(env, "WEB_WORKERS", cls.web_workers),
                web_threads=_number(env, "WEB_THREADS", cls.web_threads),
                job_threads=_number(env, "JOB_THREADS", cls.job_threads),
                zone=ZoneInfo(env["TIME_ZONE"]) if env.get("TIME_ZONE") else SHANGHAI,
                language=env.get("LANGUAGE_DEFAULT", cls.language),
                org_name=env.get("ORG_NAME") or cls.org_name,
                accent=env.get("ACCENT") or cls.accent,
                storage_url=env.get("STORAGE_URL", ""),
                storage_endpoint=env.get("STORAGE_ENDPOINT", ""),
                redis_url=env.get("REDIS_URL", ""),
                search_engine=env.get("SEARCH_ENGINE") or cls.search_engine,
                max_upload_bytes=_number(env, "MAX_UPLOAD_MB", 4096) * MEBIBYTE,
                max_form_bytes=_number(env, "MAX_FORM_MB", 64) * MEBIBYTE,
                trusted_proxies=_number(env, "TRUSTED_PROXIES", 0),
                secure_cookies=_flag(env, "SECURE_COOKIES", False),
                session_days=_number(env, "SESSION_DAYS", cls.session_days),
                rate_limits=_flag(env, "RATE_LIMITS", True),
                content_dir=Path(env.get("CONTENT_DIR") or ROOT / "content").resolve(),
                log_level=env.get("LOG_LEVEL", cls.log_level),
            )
        except KeyError as error:
            raise SettingsError(f"TIME_ZONE is not a known zone: {error}") from error


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal():
        raise SettingsError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text not in ("yes", "no", "1", "0", "true", "false"):
        raise SettingsError(f"{name} must be yes or no, not {text!r}")
    return text in ("yes", "1", "true")


def _secret(env: Mapping[str, str], data_dir: Path) -> str:
    if env.get("SECRET_KEY"):
        return env["SECRET_KEY"]
    path = data_dir / "secret_key"
    if path.is_file() and len(secret := path.read_text().strip()) >= 32:
        return secret
    raise SettingsError(f"There is no secret: set SECRET_KEY, or let set-up create {path}")


def create_secret(data_dir: Path) -> bool:
    """Create the secret file unless there is one; gives whether it was created."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return True
