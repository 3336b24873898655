"""The real w1thermsensor, told not to load kernel modules as it is imported."""

import os

os.environ.setdefault("W1THERMSENSOR_NO_KERNEL_MODULE", "1")
