"""Exports of loggers as their makers lay them out; the values are invented."""

from collections.abc import Sequence

from invented.sourced_fleet import SERIAL


def fridge_tag(*days: str, serial: str = SERIAL, unit: str = "C", log: str = "") -> str:
    """Return an export of a Fridge-tag 2 with these days, the newest first as it writes them; `log` of a 2 L."""
    numbered = "".join(f" {number}:\n{day}" for number, day in enumerate(days, start=1))
    return (
        "Device: Q-tag Fridge-tag 2\nVers: 0.5\nFw Vers: 4.0p1o\nSensor: 1\nConf:\n"
        f" Serial: {serial}\n PCB: BG0245101037\n CID: 62000007\n Lot: 1792_20_08\n Zone: 0.00\n"
        f" Measurement delay: 10\n Moving Avrg: 1\n Temp unit: {unit}\n Alarm:\n  0:\n   T AL: -0.5, t AL: 60\n"
        "  1:\n   T AL: +8.0, t AL: 600\n Int Sensor:\n  Timeout: 1, Offset: +0.0\n Report history length: 60\n"
        " Test Res: 1, Test TS: 2026-01-05 10:08\nHist:\n TS Actv: 2026-01-13 14:17\n"
        f" TS Report Creation: 2026-11-22 10:12\n{numbered}{log}Cert:\n Vers: 1.0\n Lot: 1792_20_08\n"
        " Issuer: Berlinger & Co. AG\n Valid from: 2020-08-21 07:39\n Public Key: 00\nSig Cert: 00\nSig: 00\n"
    )


def day(date: str, lowest: str, at_lowest: str, highest: str, at_highest: str) -> str:
    """Return one day of a Fridge-tag's history, with its alarms."""
    return (
        f"  Date: {date}\n  Min T: {lowest}, TS Min T: {at_lowest}\n  Max T: {highest}, TS Max T: {at_highest}\n"
        "  Avrg T: +5.4\n  Alarm:\n   0:\n    t Acc: 0\n   1:\n    t Acc: 366, TS A: 00:00, C A: 0\n"
        "  Int Sensor timeout:\n   t AccST: 0\n  Events: 0\n  Checked:\n   TS AM: 10:12\n"
    )


def logtag(
    rows: Sequence[str],
    *,
    titles: str = "Index,Date,Time,Temperature (°C),Alert",
    serial: str = SERIAL,
    delimiter: str = ",",
) -> str:
    """Return an export of a LogTag with these rows of its table."""
    head = (
        "LogTag,VaxTag+",
        f"Serial #,{serial}",
        "Description,Glacière de Ménaka",
        "Reading interval,10 minutes",
        "Non alert range,2.0  to  8.0 °C",
        "Last reading,2026-11-22 09:30:00",
    )
    lines = [line.replace(",", delimiter) for line in head]
    return "\r\n".join([*lines, "", titles, *rows]) + "\r\n"
