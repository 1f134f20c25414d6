#!/bin/sh
# Makes ./configure from configure.ac; needs autoconf and automake.
set -eu
cd "$(dirname "$0")"
mkdir -p build-aux/m4
exec autoreconf -fi
