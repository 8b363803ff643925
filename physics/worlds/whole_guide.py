"""The guide of a world that has rendered all of its picture itself: water in pools and tanks.

What such a world knows of a pixel arrives as planes (P,) or (3, P), one ray each, in linear light.
"""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
from jax import Array

from physics import raycast as rc
from physics.arrays import Layout, View
from physics.colour import display, linear_to_srgb
from physics.guide import MOTION_RANGE, Guide
from physics.worlds.refine import image


def whole_guide(
    layout: Layout, view: View, planes: dict, ident: Array, back: Array, ahead: Array, x: Array, y: Array
) -> Guide:
    """The guide of `planes` (prior, base, world normal, depth, bleed, mirror, fresnel) and `ident`.

    `back` and `ahead` (3, P) are px and depth of each pixel's point in the frames before and after; `x`, `y`
    (P,) px of the pixels. Media render themselves: `medium` is 1 everywhere.
    """
    h, w = layout.height, layout.width
    picture_of = partial(image, height=h, width=w)
    clip = partial(jnp.clip, min=-MOTION_RANGE, max=MOTION_RANGE)
    shown, zero = display(picture_of(planes["prior"])), jnp.zeros((h, w))
    normal = rc.rotate(view.basis, planes["normal"]) * jnp.array([[1.0], [1.0], [-1.0]])
    return Guide(
        rgb=shown,
        prior=shown,
        base=linear_to_srgb(picture_of(planes["base"])),
        normal=picture_of(normal),
        depth=picture_of(planes["depth"]),
        motion=picture_of(clip(jnp.stack([ahead[0] - x, ahead[1] - y]))),
        motion_back=picture_of(clip(jnp.stack([back[0] - x, back[1] - y]))),
        depth_back=picture_of(back[2]),
        ident=picture_of(ident),
        roughness=zero + 0.05,
        metallic=zero,
        transmission=zero,
        sun=zero,
        hard=zero,
        sky=0.5 + 0.5 * picture_of(planes["normal"])[..., 1],
        bleed=display(picture_of(planes["bleed"])),
        mirror=display(picture_of(planes["mirror"])),
        fresnel=picture_of(planes["fresnel"]),
        cover=(picture_of(ident) != rc.SKY).astype(jnp.float32),
        medium=zero + 1.0,
    )
