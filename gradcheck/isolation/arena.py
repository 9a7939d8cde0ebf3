"""Memory that the judge and a worker share: the arrays that are passed in, written once, read back afterwards.

A place in it is used once and never again, as the worker may keep an array for as long as it likes. The files
behind it cannot be cut short: the judge never touches memory that is not there.
"""

import fcntl
import mmap
import os
import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.typing import NDArray

Array = NDArray[Any]

CHUNK = 2**16
LARGE = 2**14
"""Arrays from this size on get memory of their own."""

ALIGNED = 64
BLOCK = 2**18
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW


def open_memory(size: int, name: str = "gradcheck") -> int:
    """Return an open file of `size` bytes, in memory only, whose length is sealed."""
    file = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(file, size)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    except OSError:
        os.close(file)
        raise
    return file


@dataclass
class Chunk:
    """A piece of shared memory.

    `known` is what was last seen in it, by which a change is noticed; None for one large array, which is compared
    with the judge's own.
    """

    number: int
    size: int
    file: int
    map: mmap.mmap
    memory: Array
    known: bytearray | None = None
    used: int = 0
    alive: int = 0

    def has_changed(self) -> bool:
        """Return whether the worker may have written into it since this was asked last."""
        if self.known is None:
            return True
        # A bytearray compares with memory where that lies; a slice of either would be a copy.
        return self.known != memoryview(self.map)

    def write(self, start: int, data: bytes) -> None:
        """Write, and know it."""
        self.map[start : start + len(data)] = data
        if self.known is not None:
            self.known[start : start + len(data)] = data


Form = tuple[tuple[int, ...], np.dtype[Any], tuple[int, ...]]
"""An array's shape, dtype and strides."""


@dataclass(slots=True)
class Mirror:
    """An array of the judge's and its image in shared memory, which lies between `start` and `end`.

    The judge keeps its own array, as the worker can write into the image at any time: a check would see numbers change
    under its hands. `owner` is weak, so that the image is given up with the array.
    """

    owner: "weakref.ref[Array]"
    address: int
    offset: int
    start: int
    end: int
    form: Form
    chunk: Chunk
    writable: bool

    @property
    def image(self) -> Array:
        """What lies in shared memory."""
        return _image(self.chunk.memory, self.offset, self.form)

    def view(self) -> Array | None:
        """Return the judge's array, None if it is gone."""
        owner = self.owner()
        if owner is None:
            return None
        shape, _, strides = self.form
        if owner.shape == shape and owner.strides == strides:
            return owner
        return _view_of(owner, self.address, self.form)

    def has_changed(self, array: Array) -> bool:
        """Return whether the image differs from what was last seen there."""
        if self.chunk.known is None:
            return not same_bits(array, self.image)
        return not same_bits(self.image, _image(self.chunk.known, self.offset, self.form))


@dataclass(frozen=True)
class Lent:
    """An array that a worker gets with all of the memory that it is a part of, at the same alignment.

    The judge's own does not change with it.
    """

    array: Array


@dataclass(slots=True)
class Loan:
    """The image of all the memory that an array of the judge's owns."""

    owner: "weakref.ref[Array]"
    chunk: Chunk
    start: int


@dataclass
class Arena:
    """The shared memory of one worker.

    `fresh` are the pieces whose files the worker does not have yet; `dropped` the numbers of those it may forget.
    """

    fresh: list[Chunk] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    _chunks: dict[int, Chunk] = field(default_factory=dict)
    _mirrors: dict[tuple[Any, ...], Mirror] = field(default_factory=dict)
    _dead: list[tuple[Any, ...]] = field(default_factory=list)
    _loans: dict[int, Loan] = field(default_factory=dict)
    _returned: list[int] = field(default_factory=list)
    _current: Chunk | None = None
    _count: int = 0

    def close(self) -> None:
        """Give everything back."""
        for chunk in self.fresh:
            os.close(chunk.file)
        self.fresh.clear()
        self._chunks.clear()
        self._mirrors.clear()
        self._loans.clear()
        self._current = None

    def handed_over(self) -> None:
        """Note that the worker has the files of the fresh pieces."""
        for chunk in self.fresh:
            os.close(chunk.file)
        self.fresh.clear()

    def placed(self, array: Array) -> list[Any]:
        """Return where an array is for the worker; its numbers are written there unless they are there already."""
        address, name = array.__array_interface__["data"][0], array.dtype.str
        shape, strides = array.shape, array.strides
        key = (address, shape, strides, name, array.flags.writeable)
        mirror = self._mirrors.get(key)
        if mirror is None or mirror.owner() is not _owner(array):
            mirror = self._mirrored(key, array, address)
        elif not same_bits(mirror.image, array):
            _write(mirror, array)
        return ["shared", name, shape, mirror.chunk.number, mirror.offset, strides, mirror.writable]

    def lent(self, array: Array) -> list[Any]:
        """Return where an array is for the worker, with what surrounds it; its numbers are written there anew.

        As long as the judge has the memory that it is a part of, that is at the same place for the worker.
        """
        owner = _owner(array)
        while self._returned:
            self._drop(self._loans.pop(self._returned.pop()).chunk)
        loan = self._loans.get(id(owner)) or self._loan(owner)
        memory = _bytes_of(owner)
        loan.chunk.memory[loan.start : loan.start + len(memory)] = memory
        offset = loan.start + _address(array) - _address(owner)
        return ["shared", array.dtype.str, array.shape, loan.chunk.number, offset, array.strides, True]

    def was_written(self, array: Array) -> bool:
        """Return whether the image of a lent array holds other numbers now."""
        loan = self._loans[id(_owner(array))]
        offset = loan.start + _address(array) - _address(_owner(array))
        return not same_bits(
            array, _image(loan.chunk.memory, offset, (array.shape, array.dtype, array.strides))
        )

    def _loan(self, owner: Array) -> Loan:
        key, start = id(owner), _address(owner) % ALIGNED
        reference = weakref.ref(owner, lambda _: self._returned.append(key))
        self._loans[key] = Loan(reference, self._new(owner.nbytes + 2 * ALIGNED), start)
        return self._loans[key]

    def read_back(self) -> None:
        """Bring what the worker wrote into its arguments into the judge's arrays."""
        self._forget_the_dead()
        changed = {chunk.number for chunk in self._chunks.values() if chunk.alive and chunk.has_changed()}
        if not changed:
            return
        for mirror in self._mirrors.values():
            array = mirror.view() if mirror.chunk.number in changed and mirror.writable else None
            if array is not None and mirror.has_changed(array):
                np.copyto(array, mirror.image)
        for number in changed:
            chunk = self._chunks[number]
            if chunk.known is not None:
                chunk.known[:] = chunk.map[:]

    def seen(
        self, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...], number: int, offset: int
    ) -> Array | None:
        """Return what lies at a place, as part of the judge's own array if it still has it; None outside."""
        chunk = self._chunks.get(number)
        low, high = _extents(shape, strides, dtype.itemsize, offset)
        if chunk is None or low < 0 or high > chunk.size:
            return None
        found = _image(chunk.memory, offset, (shape, dtype, strides))
        for mirror in self._mirrors.values():
            inside = mirror.chunk is chunk and mirror.start <= low and high <= mirror.end
            own = mirror.view() if inside else None
            if own is not None and _owner(own).flags.c_contiguous:
                return _view_of(_owner(own), mirror.address + offset - mirror.offset, (shape, dtype, strides))
        return found.copy()

    def _mirrored(self, key: tuple[Any, ...], array: Array, address: int) -> Mirror:
        low, high = (address, address + array.nbytes) if array.flags.c_contiguous else byte_bounds(array)
        chunk, start = self._room(high - low)
        offset = start + address - low
        owner = weakref.ref(_owner(array), lambda _: self._dead.append(key))
        form = array.shape, array.dtype, array.strides
        end = start + high - low
        mirror = Mirror(owner, address, offset, start, end, form, chunk, array.flags.writeable)
        _write(mirror, array)
        if key in self._mirrors:
            self._forget(key)
        chunk.alive += 1
        self._mirrors[key] = mirror
        return mirror

    def _forget_the_dead(self) -> None:
        while self._dead:
            key = self._dead.pop()
            if key in self._mirrors and self._mirrors[key].owner() is None:
                self._forget(key)

    def _room(self, size: int) -> tuple[Chunk, int]:
        """Return a piece of memory with room for `size` bytes, and where."""
        if size >= LARGE:
            return self._new(size), 0
        if self._current is None or self._current.used + size > self._current.size:
            last, self._current = self._current, self._new(CHUNK)
            self._current.known = bytearray(CHUNK)
            if last is not None and not last.alive:
                self._drop(last)
        start = self._current.used
        self._current.used += size + -size % ALIGNED
        return self._current, start

    def _new(self, size: int) -> Chunk:
        file = open_memory(size)
        self._count += 1
        shared = mmap.mmap(file, size)
        chunk = Chunk(self._count, size, file, shared, np.frombuffer(shared, dtype=np.uint8))
        self._chunks[chunk.number] = chunk
        self.fresh.append(chunk)
        return chunk

    def _forget(self, key: tuple[Any, ...]) -> None:
        chunk = self._mirrors.pop(key).chunk
        chunk.alive -= 1
        if not chunk.alive and chunk is not self._current:
            self._drop(chunk)

    def _drop(self, chunk: Chunk) -> None:
        if self._chunks.pop(chunk.number, None) is not None:
            self.dropped.append(chunk.number)


def same_bits(one: Array, other: Array) -> bool:
    """Return whether two arrays hold the very same bytes: NaN is NaN, and -0 is not 0."""
    if one.nbytes <= LARGE or not (one.flags.c_contiguous and other.flags.c_contiguous):
        return one.tobytes() == other.tobytes()
    ours, theirs = one.reshape(-1).view(np.uint8), other.reshape(-1).view(np.uint8)
    return all(
        ours[i : i + BLOCK].tobytes() == theirs[i : i + BLOCK].tobytes() for i in range(0, len(ours), BLOCK)
    )


def _image(memory: Array | bytearray, offset: int, form: Form) -> Array:
    """Return an array in memory."""
    shape, dtype, strides = form
    return np.ndarray(shape, dtype, buffer=memory, offset=offset, strides=strides)


def _write(mirror: Mirror, array: Array) -> None:
    """Write an array into its image: small ones as bytes, which is quick, others in one copy."""
    if array.flags.c_contiguous and array.nbytes < LARGE:
        mirror.chunk.write(mirror.start, array.tobytes())
        return
    np.copyto(mirror.image, array)
    if mirror.chunk.known is not None:
        mirror.chunk.known[mirror.start : mirror.end] = mirror.chunk.map[mirror.start : mirror.end]


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _bytes_of(owner: Array) -> Array:
    """Return the memory that an array owns."""
    flat = owner.reshape(-1) if owner.flags.c_contiguous else owner.reshape(-1, order="F")
    return flat.view(np.uint8)


def _owner(array: Array) -> Array:
    """Return the array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _extents(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int, offset: int) -> tuple[int, int]:
    """Return the first byte that an array has, and the first that it has not."""
    if 0 in shape:
        return offset, offset
    reach = [(extent - 1) * stride for extent, stride in zip(shape, strides, strict=True)]
    return offset + sum(min(each, 0) for each in reach), offset + sum(
        max(each, 0) for each in reach
    ) + itemsize


def _view_of(owner: Array, address: int, form: Form) -> Array:
    """Return the part of an array's memory that begins at an address."""
    return _image(_bytes_of(owner), address - _address(owner), form)
