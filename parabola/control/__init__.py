"""Exact control: what happens on cue, brand colours and logos, words for what must not be there."""
