"""What came in: archives of any kind, whose they are, and what in them counts.

`archives` turns a folder or a zip into bounded files; `submission` finds in them what an assignment
asks for; `names` knows how learning platforms name what they export; `layout` tells one submission
from several; `plan` says, before anything is done, whose which file is, and `submitted` puts it
where nbgrader looks for it.
"""
