"""Examining the bus and its probes."""

import re
from collections.abc import Iterator
from pathlib import Path

from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn
from coldchain_contract.readings import Quality
from coldchain_device.doctor.finding import Finding, advice, good, wrong
from coldchain_device.errors import BusMissing
from coldchain_device.plan import Spot
from coldchain_device.probes.classify import classify, family_of
from coldchain_device.probes.patience import PatientReader
from coldchain_device.probes.w1 import W1Bus

_GENUINE = re.compile(r"28-0000[0-9a-f]{8}")
_GHOST = re.compile(r"00-[0-9a-f]+")

_FAULTS = {
    Quality.CRC: "shorten or shield the cable, check the plugs and the 4.7 kΩ pull-up (2.2 kΩ on a long cable)",
    Quality.EMPTY: "check the three wires and the 4.7 kΩ pull-up; if all are empty, cut the probes' power for a second",
    Quality.GONE: "check that it is plugged in; if it was replaced, name the new probe in device.toml",
    Quality.ZERO: "the data line touches ground: look for a pinched cable or water in a plug",
    Quality.POR85: "its supply wire breaks now and then: check plug and solder joints",
    Quality.PWR127: "it gets too little power: connect VCC to 3.3 V, do not use parasite power",
    Quality.RANGE: "check that it sits where device.toml says, then test it in ice water (0 °C ± 0.5)",
}


def examine_probes(w1_folder: Path, spots: tuple[Spot, ...]) -> Iterator[Finding]:
    """Look at the bus, at every configured probe, and at what is on the bus without being configured."""
    bus = W1Bus(w1_folder)
    try:
        found = bus.found()
    except BusMissing:
        yield wrong(
            "overlay",
            f"the kernel shows no 1-Wire bus at {w1_folder}",
            "add `dtoverlay=w1-gpio` to /boot/firmware/config.txt (or raspi-config, Interface, 1-Wire) and reboot",
        )
        return
    yield good("overlay", "the 1-Wire bus is enabled")
    yield from _bus(w1_folder, found)
    configured = {spot.probe for spot in spots}
    reader = PatientReader(bus)
    for spot in spots:
        yield from _configured(spot, reader)
    for probe in found:
        yield from _nature(w1_folder, probe)
        if probe not in configured:
            yield advice(
                f"unconfigured {probe}", f"{probe} is on the bus and not sampled", "add it to placements in device.toml"
            )


def _bus(w1_folder: Path, found: list[ProbeUrn]) -> Iterator[Finding]:
    if not found:
        yield wrong(
            "no-probes",
            "no thermometer answers on the bus",
            "check the data wire on GPIO 4, the 4.7 kΩ pull-up to 3.3 V, and that w1_therm is loaded (lsmod)",
        )
    ghosts = sorted(entry.name for entry in w1_folder.iterdir() if _GHOST.fullmatch(entry.name))
    if ghosts:
        yield wrong(
            "ghosts",
            f"the bus shows {', '.join(ghosts)}, which no probe is",
            "the data line is disturbed: one line instead of a star, at most 10 m, a 2.2 kΩ pull-up",
        )


def _configured(spot: Spot, reader: PatientReader) -> Iterator[Finding]:
    name = f"probe {spot.probe}"
    value, quality = classify(
        reader.read(spot.probe), family=family_of(spot.probe), plausible=spot.plausible, offset=spot.offset
    )
    if value is not None:
        yield good(name, f"{spot.unit}, {spot.place}: {value:.3f} °C")
    else:
        yield wrong(name, f"{spot.unit}, {spot.place}: {quality.value}", _FAULTS[quality])


def _nature(w1_folder: Path, probe: ProbeUrn) -> Iterator[Finding]:
    """Look at how a probe is powered, and whether its number is one that its maker gives."""
    kernel_name = kernel_name_of_urn(probe)
    if _text(w1_folder / kernel_name / "ext_power") == "0":
        yield wrong(
            f"parasite {probe}",
            f"{probe} takes its power from the data line",
            "connect its VCC wire to 3.3 V: with parasite power it reads 85 °C or nothing when it is warm",
        )
    if kernel_name.startswith("28-") and not _GENUINE.fullmatch(kernel_name):
        yield advice(
            f"counterfeit {probe}",
            f"{probe} ({kernel_name}) has a number that its maker does not give: it is probably a copy",
            "test it in ice water (0 °C ± 0.5) before it is trusted, and each year; its offset goes in device.toml",
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
