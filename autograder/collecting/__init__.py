"""What came in: archives of any kind, whose they are, and what in them counts.

`archives` and `files` turn a folder or an archive into bounded files; `submission` finds in them
what an assignment asks for, its `modules` and `notebooks`; `names` knows how learning platforms
name what they export; `layout` tells one submission from several; `plan` assigns each file to a
student before anything is written, and `submitted` puts it where nbgrader looks for it.
"""
