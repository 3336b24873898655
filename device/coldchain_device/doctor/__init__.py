"""The doctor: what is wrong with this device, and how to mend it."""

from coldchain_device.doctor.examination import examine
from coldchain_device.doctor.finding import Finding, Grade

__all__ = ["Finding", "Grade", "examine"]
