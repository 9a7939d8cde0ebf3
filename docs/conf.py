"""Sphinx's configuration. `python docs/build.py` uses it, on a staged copy of the pages (`sitemaking/staging.py`)."""

from gradcheck import __version__

project = "gradcheck"
author = copyright = "The gradcheck-suite authors"
version = release = __version__

extensions = [
    "myst_parser",  # the pages are Markdown
    "sphinx.ext.autodoc",
    "numpydoc",  # the docstrings are numpydoc
]

nitpicky = True
highlight_language = "text"  # a block of code that names no language is output
default_role = "code"  # in docstrings, `x` is a name
master_doc = "index"

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 5  # headings have the anchors that GitHub gives them

autodoc_typehints = "none"  # the docstrings have the types, in words that a reader knows
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"  # light, maintained, in both colour schemes, and it loads nothing from a network
html_title = f"gradcheck {release}"
html_static_path = ["sitemaking/static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
