"""Cryptomatte 1.2.0 (Friedman and Jones, Psyop 2015): anti-aliased id mattes in EXR channels.

A name's id is MurmurHash3_x86_32 (A. Appleby) of its UTF-8 bytes with seed 0; where the exponent of those 32
bits is 0 or 255, bit 23 is flipped, so that they make an ordinary float (specification, "ID generation").
Per pixel the ids are ranked by coverage; channels {type}00.r/g hold id and coverage of rank 0, .b/.a of rank
1, {type}01 of ranks 2 and 3, and so on. The background's id is 0. Channel names are lower case: readers take
upper-case R, G, B for colour.
"""

from __future__ import annotations

import json
import struct

import numpy as np

TYPE = "CryptoObject"
RANKS = 6  # ids per pixel that are kept; two to a layer


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3_x86_32."""
    mask, h = 0xFFFFFFFF, seed
    whole = len(data) // 4 * 4
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        h = _turned(h ^ _mixed(k), 13) * 5 + 0xE6546B64 & mask
    if data[whole:]:
        h ^= _mixed(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    return h ^ h >> 16


def _mixed(k: int) -> int:
    return _turned(k * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF


def _turned(x: int, bits: int) -> int:
    return (x << bits | x >> 32 - bits) & 0xFFFFFFFF


def id_bits(name: str) -> int:
    """The 32 bits of a name's id: never a denormal, infinite or NaN float."""
    bits = murmur3(name.encode())
    return bits ^ 1 << 23 if bits >> 23 & 255 in (0, 255) else bits


def id_float(name: str) -> np.float32:
    """A name's id as it stands in a pixel."""
    return np.uint32(id_bits(name)).view(np.float32)


def key_of(layer: str) -> str:
    """The seven hex digits under which a header speaks of `layer`."""
    return f"{murmur3(layer.encode()):08x}"[:7]


def header(layer: str, names: list[str]) -> dict[str, str]:
    """Header strings of `layer` ("CryptoObject", "ViewLayer.CryptoObject") with its manifest."""
    manifest = {name: f"{id_bits(name):08x}" for name in names}
    stem = f"cryptomatte/{key_of(layer)}"
    return {
        f"{stem}/name": layer,
        f"{stem}/hash": "MurmurHash3_32",
        f"{stem}/conversion": "uint32_to_float32",
        f"{stem}/manifest": json.dumps(manifest, ensure_ascii=True, separators=(",", ":")),
    }


def channels(layer: str, idents: np.ndarray, shares: np.ndarray, names: dict[int, str]) -> dict:
    """Channel name -> float32 (H, W), from ids and coverages (R, H, W) ranked by coverage.

    `names` gives the name of each id; ids without one are background.
    """
    table = np.zeros(max([*names, int(idents.max(initial=0))]) + 1, np.float32)
    for ident, name in names.items():
        table[ident] = id_float(name)
    planes = np.zeros((RANKS, 2, *idents.shape[1:]), np.float32)
    ranks = min(RANKS, len(idents))
    planes[:ranks, 0] = np.where(shares[:ranks] > 0, table[idents[:ranks]], 0)
    planes[:ranks, 1] = np.where(planes[:ranks, 0] != 0, shares[:ranks], 0)
    flat = planes.reshape(-1, *idents.shape[1:])
    return {f"{layer}{k // 4:02d}.{'rgba'[k % 4]}": flat[k] for k in range(2 * RANKS)}


def matte(channels: dict[str, np.ndarray], layer: str, name: str) -> np.ndarray:
    """The coverage (H, W) of `name`, as a compositor picks it out of the channels."""
    wanted, total = id_float(name), 0.0
    for k in range(RANKS):
        pair = "rg" if k % 2 == 0 else "ba"
        ident, share = (channels[f"{layer}{k // 2:02d}.{c}"] for c in pair)
        total = total + np.where(ident == wanted, share, 0)
    return np.asarray(total, np.float32)
