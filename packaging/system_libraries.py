"""Libraries the frozen desk takes from the system it is installed on, with the Debian package of each.

Rules: every desktop that can show a window has them, and copies of our own would fight its fonts, sessions, drivers
and updates. The spec leaves them out, the lint allows no other missing library, and the .deb's Depends is made of the
packages whose library the bundle really asks for. What offline desktops often lack (xcb-util family, xkbcommon) is
not here and so is bundled. Names fit Debian 10-13, UOS and Kylin, which keep Debian's package names.
"""

from __future__ import annotations

from typing import Final

C_LIBRARY: Final = {
    name: "libc6"
    for name in (
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
        "libc.so.6",
        "libdl.so.2",
        "libm.so.6",
        "libpthread.so.0",
        "libresolv.so.2",
        "librt.so.1",
        "libutil.so.1",
        "libnsl.so.1",
    )
}

NEEDED: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libz.so.1": "zlib1g",
    "libuuid.so.1": "libuuid1",
    "libexpat.so.1": "libexpat1",
    # Qt asks for symbols of GCC 5; the build machine's own copy would ask for the build machine's glibc
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1 | libgcc1",
}

OPTIONAL: Final = {
    # only printing wants it, and Qt does without where it is missing
    "libcups.so.2": "libcups2",
}

BEHIND: Final = frozenset(
    # asked for by the libraries above, never by ours; collected by PyInstaller all the same
    {
        "libGLX.so.0",
        "libGLdispatch.so.0",
        "libOpenGL.so.0",
        "libgbm.so.1",
        "libdrm.so.2",
        "libpng16.so.16",
        "libbrotlicommon.so.1",
        "libbrotlidec.so.1",
        "libsystemd.so.0",
        "libkrb5.so.3",
        "libk5crypto.so.3",
        "libcom_err.so.2",
        "libkeyutils.so.1",
        "libkrb5support.so.0",
        "libXau.so.6",
        "libXdmcp.so.6",
        "libXext.so.6",
        "libSM.so.6",
        "libICE.so.6",
        "libbsd.so.0",
        "libmd.so.0",
        "libpcre.so.3",
        "libpcre2-8.so.0",
        "libgcrypt.so.20",
        "libgpg-error.so.0",
        "liblz4.so.1",
        "libcap.so.2",
        "libavahi-client.so.3",
        "libavahi-common.so.3",
        "libgnutls.so.30",
    }
)

ALLOWED: Final = frozenset(C_LIBRARY) | frozenset(NEEDED) | frozenset(OPTIONAL)
LEFT_TO_SYSTEM: Final = ALLOWED | BEHIND


def packages(sonames: frozenset[str], glibc: str) -> list[str]:
    """The Depends of a bundle that asks for these libraries.

    Args:
        sonames: what its files need from outside the bundle.
        glibc: the newest glibc any of its files asks for, as "2.28".
    """
    return [f"libc6 (>= {glibc})", *sorted({NEEDED[name] for name in sonames if name in NEEDED})]
