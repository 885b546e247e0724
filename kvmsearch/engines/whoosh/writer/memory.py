"""Memory that a segment took is given back, so that the tenth takes no more than the first.

With each large array that is freed, glibc raises the size from which an array has a map of its own
(mallopt(3), M_MMAP_THRESHOLD). From then on arrays lie among small things, which hold their memory.
"""

import ctypes
import gc

_C = ctypes.CDLL(None)
_MMAP_THRESHOLD = -3
_LARGE = 4 << 20
"""Bytes of an array: more than those that are made again and again."""


def set_large_apart() -> None:
    """Have what is large in a map of its own, which goes when it is freed; for this process."""
    if hasattr(_C, "mallopt"):
        _C.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Give back what nobody needs any more."""
    gc.collect()
    if hasattr(_C, "malloc_trim"):
        _C.malloc_trim(0)
