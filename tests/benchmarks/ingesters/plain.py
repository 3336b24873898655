"""A reading as plain JSON, about as long as ours: what programs take that know nothing of SenML."""

from coldchain_contract.pack import Pack


def plain(pack: Pack) -> dict[str, str | int | float | None]:
    """Return the one reading of `pack`."""
    (number,), (reading,) = pack.sequences, pack.readings
    return {
        "probe": reading.probe,
        "quantity": reading.quantity.value,
        "at_ms": reading.at_ms,
        "sequence": number,
        "quality": reading.quality.value,
        "value": reading.value,
    }
