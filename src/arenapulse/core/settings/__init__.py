"""Every setting of the service, read from the environment once, frozen; by concern a file each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic_settings import SettingsConfigDict

from arenapulse.core.addresses import TrustedProxies
from arenapulse.core.settings.limits import LimitSettings
from arenapulse.core.settings.process import Backups, Environment, ProcessSettings, listed
from arenapulse.core.settings.vendors import VendorSettings

__all__ = ["Backups", "Environment", "Settings"]

_PACKED_WEB: Final = Path(__file__).parents[2] / "web"


class Settings(VendorSettings, LimitSettings, ProcessSettings):
    """Read by `Settings()`; each field says its variable, its unit and why one would change it."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    @property
    def built_web(self) -> Path:
        """The folder that holds the web app, if there is one."""
        is_packed = not self.web_folder.is_dir() and _PACKED_WEB.is_dir()
        return _PACKED_WEB if is_packed else self.web_folder

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def base_url(self) -> str:
        """Where links lead; never what a request says of itself."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def drain_seconds(self) -> float:
        if self.socket_drain_seconds is not None:
            return self.socket_drain_seconds
        return 60.0 if self.is_production else 1.0

    @property
    def former_secret_list(self) -> tuple[str, ...]:
        return listed(self.former_secrets)

    def with_secrets(self, resolved: Callable[[str], str]) -> Settings:
        """The same, with the secrets that the settings stand for."""
        former = ",".join(resolved(secret) for secret in self.former_secret_list)
        present = None if self.secret is None else resolved(self.secret)
        return self.model_copy(update={"secret": present, "former_secrets": former})

    @property
    def proxies(self) -> TrustedProxies:
        given = listed(self.trusted_proxies)
        # Simulated fans have an address each, which they can only say through this header.
        return TrustedProxies.of(*given, *(() if self.is_production else ("127.0.0.1", "::1")))

    @property
    def cors_origin_list(self) -> tuple[str, ...]:
        return listed(self.cors_origins)
