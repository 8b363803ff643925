"""What film post-production asks for: layers, time codes, plates, camera tracks, timelines."""
