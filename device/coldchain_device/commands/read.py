"""`coldchain-device read`: what each probe says now."""

import json
from pathlib import Path

import click
import msgspec

from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn
from coldchain_contract.readings import Quality
from coldchain_device.errors import BusMissing
from coldchain_device.loading import load_settings
from coldchain_device.plan import Spot, plan_of
from coldchain_device.probes.classify import PROBE_RANGE, classify, family_of
from coldchain_device.probes.patience import PatientReader
from coldchain_device.probes.w1 import W1Bus

_MEANING = {
    Quality.OK: "",
    Quality.CRC: "the bytes arrived damaged: check the wiring, shorten the cable",
    Quality.EMPTY: "no answer: check the wiring and the pull-up resistor",
    Quality.GONE: "not on the bus: check the plug",
    Quality.ZERO: "the data line is shorted to ground",
    Quality.POR85: "the probe lost power before it measured: check its supply wire",
    Quality.PWR127: "too little power to measure: check the supply wire, no parasite power",
    Quality.RANGE: "not plausible where this probe sits: check the place, or replace the probe",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One probe as `read` shows it; `unit` is empty for a probe on the bus that is not configured."""

    probe: ProbeUrn
    kernel_name: str
    unit: str
    place: str
    celsius: float | None
    quality: str
    meaning: str


@click.command("read")
@click.option("--w1-folder", type=click.Path(path_type=Path), help="Read this 1-Wire tree; needs no settings file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_obj
def command(config: Path, w1_folder: Path | None, as_json: bool) -> None:
    """Print what each probe says now: those configured, and those on the bus that are not. Exits 1 on any fault."""
    if w1_folder is not None:
        lines = lines_of(w1_folder, ())
    else:
        settings = load_settings(config)
        lines = lines_of(settings.w1_folder, plan_of(settings, None).spots)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(lines), indent=1))
    else:
        click.echo("\n".join(map(text_of, lines)) or "no probes found: `coldchain-device doctor` says what to look at")
    if not lines or any(line.quality != Quality.OK.value for line in lines):
        raise SystemExit(1)


def lines_of(w1_folder: Path, spots: tuple[Spot, ...]) -> list[Line]:
    """Read every configured probe, then every other one on the bus, once each."""
    bus = W1Bus(w1_folder)
    configured = {spot.probe: spot for spot in spots}
    try:
        others = [probe for probe in bus.found() if probe not in configured]
    except BusMissing:
        if not configured:
            raise
        others = []
    reader = PatientReader(bus)
    return [_line(reader, probe, configured.get(probe)) for probe in (*configured, *others)]


def text_of(line: Line) -> str:
    """Return one line for a person."""
    value = f"{line.celsius:8.3f} °C" if line.celsius is not None else f"{line.quality:>8}   "
    where = f"{line.unit}, {line.place}" if line.unit else "not configured"
    return f"{line.probe}  {line.kernel_name}  {value}  {where}" + (f"  ({line.meaning})" if line.meaning else "")


def _line(reader: PatientReader, probe: ProbeUrn, spot: Spot | None) -> Line:
    celsius, quality = classify(
        reader.read(probe),
        family=family_of(probe),
        plausible=spot.plausible if spot else PROBE_RANGE,
        offset=spot.offset if spot else 0.0,
    )
    return Line(
        probe=probe,
        kernel_name=kernel_name_of_urn(probe),
        unit=spot.unit if spot else "",
        place=spot.place if spot else "",
        celsius=celsius,
        quality=quality.value,
        meaning=_MEANING[quality],
    )
