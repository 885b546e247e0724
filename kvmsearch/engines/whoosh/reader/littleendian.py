"""Arrays of numbers that lie in a file as most machines have them."""

import sys
from array import array


def numbers_of(data: memoryview, code: str) -> memoryview:
    """Return the numbers of a type code of `array` in place, or copied where bytes are swapped."""
    if sys.byteorder == "little":
        return data.cast(code)  # type: ignore[call-overload, no-any-return]
    swapped = array(code, bytes(data))
    swapped.byteswap()
    return memoryview(swapped)
