"""Pages that are made from the program itself: every flag, every field of a scene file."""

from mkdocs.structure.files import File

from parabola.reference import flags_page, scene_page


def on_files(files, config):
    """Add the generated pages to the site."""
    for name, page in (("flags.md", flags_page()), ("scene-files.md", scene_page())):
        files.append(File.generated(config, name, content=page))
    return files
