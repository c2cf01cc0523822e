"""The settings that an operator keeps in a home: `consent.toml`."""

from pathlib import Path

from catalog.consent import ConsentSettings, ConsentSettingsError, read_consent_settings


def load_consent_settings(home: Path) -> ConsentSettings:
    """Read the `consent.toml` of a home; without the file, everything is as shipped. Raises ConsentSettingsError."""
    path = home / "consent.toml"
    if not path.exists():
        return ConsentSettings()
    try:
        return read_consent_settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ConsentSettingsError) as error:
        raise ConsentSettingsError(f"{path}: {error}") from error
