"""What game engines ask for: flipbook sheets, vectors, six-way light, events, loops."""
