#!/usr/bin/env bash
# Builds the .deb for old desktops (glibc 2.28: UOS 20; 2.31: Kylin V10 SP1) and everything newer, amd64.
#
# A frozen program asks for the glibc of the machine that made it. So this makes a Debian 11 system in a folder, builds
# OpenSSL and Python from Debian's newest security-patched sources in it, and freezes and packs the desk there.
# Needs root, debootstrap and about 15 minutes of CPU the first time; the system is kept and used again.
#
#     sudo packaging/runtime/build.sh [--quick]         the .deb lands in dist/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clone=$(cd "$here/../.." && pwd)
root=${RUNTIME_ROOT:-$clone/build/runtime/bullseye}
python=/opt/liaison-python
[ "$(id -u)" = 0 ] || { echo "root is needed: this makes a Debian 11 system in $root" >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "please type: sudo apt-get install -y debootstrap" >&2; exit 1; }

section() { printf '\n===== %s =====\n' "$1"; }
inside() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
    ${SOURCE_DATE_EPOCH:+SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH} chroot "$root" bash -euo pipefail -c "$1"; }
leave() { umount "$root/proc" 2> /dev/null || true; }
trap leave EXIT

if [ ! -e "$root/.bootstrapped" ]; then
    section "Debian 11 in $root"
    rm -rf "$root" && mkdir -p "$root"
    debootstrap --variant=minbase --include=ca-certificates bullseye "$root"
    touch "$root/.bootstrapped"
fi
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"

if [ ! -e "$root$python/.built" ]; then
    section "OpenSSL and Python for glibc 2.28"
    cp "$here/compat228.h" "$root/opt/"
    cp /usr/share/keyrings/debian-archive-*.gpg "$root/usr/share/keyrings/"
    mirror=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
    for suite in bookworm trixie; do
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-$suite-stable.gpg] $mirror $suite main"
    done > "$root/etc/apt/sources.list.d/sources.list"
    inside "
        apt-get update -q
        apt-get install -y -q --no-install-recommends build-essential dpkg-dev xz-utils pkg-config git binutils patchelf \
            zlib1g-dev libbz2-dev liblzma-dev libffi-dev uuid-dev libexpat1-dev
        # what Qt's plugins link to, so that the freezing machine has all of it
        apt-get install -y -q --no-install-recommends libegl1 libgl1 libglib2.0-0 libfontconfig1 libfreetype6 libdbus-1-3 \
            libgssapi-krb5-2 libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 \
            libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 \
            libxcb-xfixes0 libxcb-xkb1 libcups2
        rm -rf /opt/src $python && mkdir -p /opt/src && cd /opt/src
        # with Debian's patches, so with its security fixes
        apt-get source -q openssl/trixie python3.11/bookworm
        cd /opt/src/openssl-*/
        ./Configure linux-x86_64 --prefix=$python --libdir=lib no-tests no-docs shared -include /opt/compat228.h > configure.log
        make -j\$(nproc) > build.log 2>&1
        make install_sw > install.log 2>&1
        cd /opt/src/python3.11-*/
        # Debian's security patch of this module uses the interpreter's inner headers
        printf '*shared*\npyexpat pyexpat.c -DPy_BUILD_CORE_MODULE -lexpat\n' > Modules/Setup.local
        # glibc 2.30 brought the function that this would find; without it Python takes the older one
        export ac_cv_func_sem_clockwait=no
        ./configure --prefix=$python --enable-shared --with-system-expat --with-openssl=$python --without-ensurepip --disable-test-modules \
            CFLAGS='-O2 -include /opt/compat228.h' LDFLAGS='-Wl,-rpath,$python/lib' > configure.log
        make -j\$(nproc) > build.log 2>&1
        make install > install.log 2>&1
        $python/bin/python3.11 -c 'import ssl, ctypes, lzma, bz2, zlib, hashlib, uuid, decimal, pyexpat; print(ssl.OPENSSL_VERSION)'
        rm -rf /opt/src
        touch $python/.built
    "
fi

section "The tools, pinned by hash"
# the host's pip serves the chroot: fetch the pinned wheels for the chroot's Python, then install them offline
wheels=$root/opt/pinned
rm -rf "$wheels" && mkdir -p "$wheels"
"$clone/.venv/bin/python" -m pip download -q --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform any \
    -d "$wheels" -r "$clone/requirements-dev.txt"
inside "
    rm -rf /opt/venv
    $python/bin/python3.11 -m venv --without-pip /opt/venv
    for wheel in /opt/pinned/*.whl; do
        /opt/venv/bin/python - \$wheel <<'PYTHON'
import sys, zipfile, sysconfig
zipfile.ZipFile(sys.argv[1]).extractall(sysconfig.get_path('purelib'))
PYTHON
    done
    rm -rf /opt/pinned
"

section "Freeze and pack"
rm -rf "$root/opt/clone" && mkdir -p "$root/opt/clone"
(cd "$clone" && git ls-files -z | xargs -0 tar -cf - ) | tar -xf - -C "$root/opt/clone"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$clone" log -1 --format=%ct)}
inside "cd /opt/clone && QT_QPA_PLATFORM=offscreen /opt/venv/bin/python packaging/build.py --target deb-amd64 $*"
mkdir -p "$clone/dist" && cp "$root"/opt/clone/dist/*.deb "$clone/dist/"
ls -l "$clone"/dist/*.deb
