# packages.sh - what comes from Debian 12, and installing it without touching a server of the
# machine's own. Sourced after say.sh.
#
# A package that is there already is left as it is. Where a server package is new, its service
# is kept from starting (a policy-rc.d that answers 101, removed after) and PostgreSQL makes
# no main cluster.

# Compilers and the libraries that the programs link.
packages_build="gcc libc6-dev make autoconf automake pkg-config libpq-dev libjson-c-dev libhiredis-dev
	libcurl4-openssl-dev libjwt-dev libssl-dev libsodium-dev liboath-dev libconfuse-dev
	libpango1.0-dev libcairo2-dev libicu-dev libqrencode-dev libgmime-3.0-dev libfcgi-dev
	libcsv-dev"
# Servers and tools that a running Billfold stands on; fonts for documents in any script.
packages_run="nginx redis-server postgresql-15 postgresql-client-15 python3 python3-aiosmtpd openssl
	curl ca-certificates tzdata fonts-noto-core fonts-noto-cjk"
# What the tests need beside those.
packages_test="libcmocka-dev dovecot-imapd dovecot-lmtpd postfix postgresql-15-pgtap python3-pytest python3-psycopg2 python3-jwt
	python3-cryptography python3-jsonschema clang-format-14 poppler-utils git"

# The sanitized build and the fuzz targets.
packages_sanitized="clang-14 libclang-rt-14-dev"

# Static analyses, and memcheck.
packages_analyze="gcc-12 clang-tidy-14 cppcheck valgrind"

# What makes a package, and judges it.
packages_package="debhelper dpkg-dev lintian xz-utils"

packages_servers="nginx redis-server postgresql-15 dovecot-imapd postfix"

package_is_installed() {
	case $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) in
	ii*) return 0 ;;
	*) return 1 ;;
	esac
}

packages_missing() {
	local name
	for name in "$@"; do
		package_is_installed "$name" || printf '%s ' "$name"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# What was put in the way of services starting, taken away again however this ends.
packages_policy= packages_cluster=
packages_restore() {
	if [ -n "$packages_policy" ]; then as_root rm -f "$packages_policy"; fi
	if [ -n "$packages_cluster" ]; then as_root rm -f "$packages_cluster"; fi
	packages_policy='' packages_cluster=''
}

packages_hold_services() {
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		packages_policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$packages_policy" >/dev/null
		as_root chmod 755 "$packages_policy"
	fi
	if ! package_is_installed postgresql-15; then
		packages_cluster=/etc/postgresql-common/createcluster.d/billfold-quickstart.conf
		as_root mkdir -p "${packages_cluster%/*}"
		printf 'create_main_cluster = false\n' | as_root tee "$packages_cluster" >/dev/null
	fi
}

# packages_install LOG NAME...
packages_install() {
	local log=$1 missing
	shift
	missing=$(packages_missing "$@")
	if [ -z "$missing" ]; then
		return 0
	fi
	command -v apt-get >/dev/null ||
		die "this is not a Debian system: there is no apt-get" "use Debian 12 (bookworm), a container of it will do"
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "packages are missing ($missing) and there is no sudo" "run as root once: apt-get install $missing"
	fi
	step "installing Debian packages:" $missing
	trap packages_restore EXIT
	# shellcheck disable=SC2086
	if [ -n "$(packages_missing $packages_servers)" ]; then
		packages_hold_services
	fi
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 ||
		die "apt-get update failed" "look at the machine's apt sources and network, then call again" "$log"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=300 \
		--no-install-recommends install $missing >>"$log" 2>&1 ||
		die "apt-get install failed" "see the log; 'apt-get -f install' mends a half-done installation" "$log"
	packages_restore
	trap - EXIT
}
