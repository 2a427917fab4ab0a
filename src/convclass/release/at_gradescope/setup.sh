#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: Python, and what the grader needs, into /opt/convclass.
set -euo pipefail
cd /autograder/source
export DEBIAN_FRONTEND=noninteractive
python=$(cat python.txt)
environment=/opt/convclass

# Ubuntu 22.04 has Python 3.10; the newer ones come from the deadsnakes archive. An image that has it needs no network.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends software-properties-common gpg-agent
    add-apt-repository -y ppa:deadsnakes/ppa
    apt-get install -y --no-install-recommends "$python" "$python-venv"
fi

# Installs NAME.txt: from the wheels that the zip holds for it, or else online, as the other arguments tell pip.
install() {
    local name=$1
    shift
    if [ -d "wheels/$name" ]; then
        set -- --no-index --find-links "wheels/$name"
    fi
    "$environment/bin/python" -m pip install --disable-pip-version-check --no-cache-dir --no-deps \
        --only-binary :all: "$@" --requirement "$name.txt"
}

"$python" -m venv "$environment"
install requirements
install torch --index-url https://download.pytorch.org/whl/cpu
install convclass

if ! "$environment/bin/python" -c 'import pyseccomp' 2>/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends libseccomp2
fi
"$environment/bin/python" -c 'import pyseccomp, torch, convclass'
chmod -R go-rwx /autograder/source
