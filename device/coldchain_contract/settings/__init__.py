"""Settings: from a TOML file's data to a frozen value, every mistake reported at once, secrets never shown."""

from coldchain_contract.settings.describing import Setting, describe
from coldchain_contract.settings.mistakes import BadSettings, Mistake, nearest
from coldchain_contract.settings.reading import read_settings
from coldchain_contract.settings.secret import Secret
from coldchain_contract.settings.writing import effective

__all__ = ["BadSettings", "Mistake", "Secret", "Setting", "describe", "effective", "nearest", "read_settings"]
