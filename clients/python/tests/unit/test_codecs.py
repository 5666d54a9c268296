"""The codecs: vectors, each against the packages it has twins in, bounds and damage."""

import sys
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gofka import _codecs
from gofka._codecs import gzip, lz4_block, lz4_frame, snappy, xxhash32, zstd
from gofka._codecs.errors import CodecError, MissingCodecError

SAMPLES = [
    b"",
    b"a",
    b"abcd" * 3,
    b"abc" * 1000,
    bytes(70_000),
    bytes(range(256)) * 300,
    b"".join(b'{"id":%d,"user":"u%d"}' % (i, i * 7919 % 97) for i in range(4000)),
]
#: Texts with repeats, which random bytes hardly have.
repetitive = st.lists(st.sampled_from([b"a", b"bb", b"key=", b"value", b"\x00" * 9, b"0123456789abcdef"]), max_size=400).map(
    b"".join
)
anything = st.one_of(st.binary(max_size=2000), repetitive)


#: Packages that may do snappy and LZ4; the first of a pair is for snappy.
PACKAGES = {"pure": (None, None), "cramjam": ("cramjam", "cramjam"), "own": ("snappy", "lz4.block")}


@pytest.fixture(params=sorted(PACKAGES))
def which(request, monkeypatch):
    """Each package that may be installed, and none."""
    for name in PACKAGES[request.param]:
        if name is not None:
            pytest.importorskip(name)
    found = {
        "pure": ((None, None), (None, None)),
        "cramjam": (snappy._cramjam, lz4_block._cramjam),
        "own": (snappy._python_snappy, lz4_block._lz4),
    }[request.param]
    of_snappy, of_lz4 = (each if isinstance(each, tuple) else each() for each in found)
    monkeypatch.setattr(snappy, "_native_compress", of_snappy[0])
    monkeypatch.setattr(snappy, "_native_decompress", of_snappy[1])
    monkeypatch.setattr(lz4_block, "native_compress", of_lz4[0])
    monkeypatch.setattr(lz4_block, "native_decompress", of_lz4[1])
    if request.param == "pure":
        monkeypatch.setattr(lz4_frame, "xxh32", xxhash32.xxh32_pure)
    return request.param


def codecs():
    names = ["gzip", "snappy", "lz4"]
    try:
        zstd.require()
        names.append("zstd")
    except MissingCodecError:
        pass
    return names


@pytest.mark.parametrize("name", codecs())
@pytest.mark.parametrize("data", SAMPLES, ids=len)
def test_there_and_back_within_the_bound(which, name, data):
    number = _codecs.codec_number(name)
    packed = _codecs.compress(number, data)
    assert _codecs.decompress(number, memoryview(packed), len(data)) == data
    if data:
        with pytest.raises(CodecError):
            _codecs.decompress(number, packed, len(data) - 1)


@settings(max_examples=200, deadline=None)
@given(anything)
@example(b"")
def test_pure_encoders_and_decoders_agree(data):
    assert snappy.decompress_raw_pure(snappy.compress_raw_pure(data)) == data
    assert lz4_block.decompress_block_pure(lz4_block.compress_block_pure(data), len(data)) == data


@settings(max_examples=100, deadline=None)
@given(anything)
def test_pure_codecs_and_native_ones_agree(data):
    cramjam = pytest.importorskip("cramjam")
    assert bytes(cramjam.snappy.decompress_raw(snappy.compress_raw_pure(data))) == data
    assert snappy.decompress_raw_pure(bytes(cramjam.snappy.compress_raw(data))) == data
    block = lz4_block.compress_block_pure(data)
    if data:
        native = cramjam.lz4.decompress_block(block, output_len=len(data))
        assert bytes(native) == data
    packed = bytes(cramjam.lz4.compress_block(data, store_size=False))
    assert lz4_block.decompress_block_pure(packed, len(data)) == data


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize("data", SAMPLES, ids=len)
def test_lz4_frames_of_the_reference_library(which, data, linked, checksums):
    frame = pytest.importorskip("lz4.frame")
    packed = frame.compress(
        data, block_linked=linked, content_checksum=checksums, block_checksum=checksums
    )
    assert lz4_frame.decompress(packed, len(data)) == data
    assert lz4_frame.decompress(packed + packed, 2 * len(data)) == data + data
    assert frame.decompress(lz4_frame.compress(data)) == data
    if checksums and data:
        damaged = bytearray(packed)
        damaged[-1] ^= 1
        with pytest.raises(CodecError):
            lz4_frame.decompress(bytes(damaged), len(data))


@settings(max_examples=300, deadline=None)
@given(anything, st.sampled_from(["gzip", "snappy", "lz4", "zstd"]), st.data())
def test_damage_is_a_codec_error_or_goes_unseen_but_never_grows(data, name, draw):
    if name not in codecs():
        return
    number = _codecs.CODECS[name]
    packed = bytearray(_codecs.compress(number, data))
    for _ in range(draw.draw(st.integers(1, 4))):
        packed[draw.draw(st.integers(0, len(packed) - 1))] = draw.draw(st.integers(0, 255))
    cut = bytes(packed[: draw.draw(st.integers(0, len(packed)))])
    try:
        assert len(_codecs.decompress(number, cut, 4096)) <= 4096
    except CodecError:
        pass


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_pure_decoders_stand_any_bytes(data):
    for decode in (
        lambda: lz4_block.decompress_block_pure(data, 1000),
        lambda: lz4_frame.decompress(data, 1000),
    ):
        try:
            assert len(decode()) <= 1000
        except CodecError:
            pass
    try:
        if snappy._raw_length(data)[0] <= 1000:
            snappy.decompress_raw_pure(data)
    except CodecError:
        pass


def test_xxhash_vectors():
    # From the specification's own sanity checks, and from python-xxhash.
    assert xxhash32.xxh32_pure(b"") == 0x02CC5D05
    assert xxhash32.xxh32_pure(b"", 0x9E3779B1) == 0x36B78AE7
    assert xxhash32.xxh32_pure(b"a") == 0x550D7456
    assert xxhash32.xxh32_pure(b"abc") == 0x32D153FF
    assert xxhash32.xxh32_pure(b"Nobody inspects the spammish repetition") == 0xE2293B2F


def test_snappy_is_framed_as_xerial_does_and_read_raw_too():
    packed = snappy.compress(b"hello hello hello hello")
    assert packed.startswith(b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01")
    assert snappy.decompress(snappy.compress_raw_pure(b"raw raw raw raw"), 100) == b"raw raw raw raw"


def test_gzip_of_several_members_and_other_levels():
    two = gzip.compress(b"one", 1) + gzip.compress(b"two", 9)
    assert gzip.decompress(two, 6) == b"onetwo"
    with pytest.raises(CodecError):
        gzip.decompress(gzip.compress(b"cut off" * 10)[:-3], 1000)
    with pytest.raises(CodecError):
        gzip.decompress(zlib.compress(b"not gzip"), 1000)


def test_zstd_by_each_package():
    for name, find in (("zstandard", zstd._zstandard), ("cramjam", zstd._cramjam)):
        pytest.importorskip(name)
        pack, unpack = find()
        for data in SAMPLES:
            packed = pack(data, None)
            assert unpack(packed, len(data)) == data
            with pytest.raises(CodecError):
                unpack(packed, len(data) - 1)


def test_a_codec_that_is_missing_names_its_extra(monkeypatch):
    monkeypatch.setattr(zstd, "_found", None)
    for name in ("compression.zstd", "zstandard", "cramjam"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingCodecError, match=r"gofka\[zstd\]"):
        _codecs.codec_number("zstd")
    with pytest.raises(MissingCodecError):
        _codecs.decompress(4, b"anything", 10)


def test_names_and_numbers():
    assert _codecs.codec_number(None) == 0
    assert _codecs.compress(0, b"x") == b"x" == _codecs.decompress(0, b"x", 1)
    with pytest.raises(ValueError, match="brotli"):
        _codecs.codec_number("brotli")
    with pytest.raises(CodecError):
        _codecs.decompress(5, b"", 10)
