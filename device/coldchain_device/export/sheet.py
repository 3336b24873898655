"""Making a sheet: what is selected, as lines for a spreadsheet."""

import io
from collections.abc import Callable, Iterator, Sequence

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.sheet import SheetRow, write_sheet
from coldchain_device.export.selection import Selected


def sheet_pieces(
    selected: Sequence[Selected], *, site: SiteId, device: DeviceId, progress: Callable[[int], None]
) -> Iterator[bytes]:
    """Yield the sheet piece by piece, UTF-8: first the names of the columns, then portions of readings."""
    names = io.StringIO(newline="")
    write_sheet((), names)
    header = names.getvalue()
    yield header.encode()
    for one in selected:
        for portion in one.readings():
            text = io.StringIO(newline="")
            write_sheet(
                (
                    SheetRow(
                        site=site,
                        device=device,
                        outbox=one.outbox.id,
                        sequence=kept.sequence,
                        reading=kept.reading,
                        uncertainty_ms=kept.uncertainty_ms,
                    )
                    for kept in portion
                ),
                text,
            )
            yield text.getvalue().removeprefix(header).encode()
            progress(len(portion))
