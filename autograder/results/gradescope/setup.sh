#!/bin/bash
# Gradescope runs this once, as root, when it builds the autograder's image.
set -euo pipefail
root=${DASECV_AUTOGRADER_ROOT:-/autograder}
source=$root/source

# Whoever is not root, which student code never is, comes to none of this.
chmod -R go-rwx "$source"

if [ "${DASECV_APT:-yes}" = yes ]; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    python3 python3-venv python3-dev gcc libseccomp2
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  { echo "Python 3.10 or newer is needed, this is $(python3 -V): choose Ubuntu 22.04 or newer"; exit 1; }

python3 -m venv "$root/venv"
"$root/venv/bin/pip" install --quiet -r "$source/requirements.txt"
libraries=$("$root/venv/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$source/package" > "$libraries/dasecv.pth"
(cd "$source/package/daseCV" && "$root/venv/bin/python" setup.py --quiet build_ext --inplace) ||
  echo "No compiled layers: NumPy's take their place"
chmod -R go-rwx "$source" "$root/venv"

"$root/venv/bin/python" -I -m autograder.results.gradescope --prepare
