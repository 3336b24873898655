"""Generated values of the contract, for properties."""

import msgspec
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.pack import EARLIEST_MS, LATEST_MS, LONGEST_AGO_MS, Pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences

kernel_names = st.integers(0, 2**48 - 1).map(lambda serial: f"28-{serial:012x}")
one_wire_probes = kernel_names.map(urn_of_kernel_name)
other_probes = st.from_regex(r"urn:dev:(mac:[0-9a-f]{16}|org:[0-9]{1,6}-[a-z0-9-]{1,8})(_[a-z]{1,4})?", fullmatch=True)
probes = st.one_of(one_wire_probes, other_probes.map(ProbeUrn))
instants = st.one_of(st.integers(EARLIEST_MS, LATEST_MS), st.integers(1_790_000_000_000, 1_790_000_100_000))
values = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-880, 2000).map(lambda sixteenths: sixteenths / 16)
)
faults = st.sampled_from([quality for quality in Quality if quality is not Quality.OK])
readings = st.one_of(
    st.builds(Reading, probe=probes, at_ms=instants, value=values),
    st.builds(Reading, probe=probes, at_ms=instants, value=st.none(), quality=faults),
)
sets_of_numbers = st.sets(st.integers(1, 60), max_size=40)


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A pack that the contract allows."""
    numbers = draw(st.sets(st.integers(1, 2**53 - 1), min_size=1, max_size=25))
    return Pack(
        outbox=draw(st.uuids()),
        sequences=Sequences.of(numbers),
        readings=tuple(draw(st.lists(readings, min_size=len(numbers), max_size=len(numbers)))),
        uncertainty_ms=draw(st.one_of(st.just(0), st.integers(0, 10**12))),
    )


@st.composite
def relative_packs(draw: st.DrawFn) -> Pack:
    """A pack whose device does not know the time."""
    pack = draw(packs())
    ago = draw(st.lists(st.integers(-LONGEST_AGO_MS, 0), min_size=len(pack.readings), max_size=len(pack.readings)))
    readings = tuple(msgspec.structs.replace(one, at_ms=at_ms) for one, at_ms in zip(pack.readings, ago, strict=True))
    return msgspec.structs.replace(pack, readings=readings, uncertainty_ms=0, relative=True)
