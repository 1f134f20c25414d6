# layout.sh - where a private Billfold lives, and as whom: paths, system user, ports, keys,
# configuration files. Sourced after say.sh; sets the stack_* variables.
#
#   HOME_DIR/app      installed programs, SQL, pages      HOME_DIR/etc    configuration, secret, keys
#   HOME_DIR/pg       the PostgreSQL cluster              HOME_DIR/redis  Redis' append-only file
#   HOME_DIR/state    documents                           HOME_DIR/mail   Maildir of caught mail
#   HOME_DIR/log      one log a program                   HOME_DIR/pid    one file a running program
# Sockets lie in a short directory of their own (a socket's path may have 107 bytes), named by
# HOME_DIR/run. As root everything runs as the system user `billfold`, never as root.

stack_programs="api scheduler invoiced paymentd maild syncd"
stack_pg_bin=/usr/lib/postgresql/15/bin

# layout_open HOME: makes what is missing and reads what is there. stack_shown is the path as it was
# given, stack_home the one without links, which every program can enter.
layout_open() {
	case $1 in
	*[[:space:]\"\\@\|\&]*) die "the path '$1' has a blank or a special character" "choose a plainer BILLFOLD_HOME" ;;
	/*) stack_home=$1 ;;
	*) stack_home=$PWD/${1#./} ;;
	esac
	umask 022
	layout_user
	if [ ! -d "$stack_home" ]; then layout_place; fi
	mkdir -p "$stack_home"
	stack_shown=$stack_home
	stack_home=$(readlink -f "$stack_home")
	if [ "$stack_user" != "$(id -un)" ]; then
		# The build tree stays the builder's; all else is the programs'.
		chown "$stack_user:" "$stack_home"
		as_user test -x "$stack_home" ||
			die "the user $stack_user cannot enter $stack_home" "set BILLFOLD_HOME to a directory that others may pass through, such as /var/lib/billfold-quickstart"
	fi
	(umask 077 && as_user mkdir -p "$stack_home"/etc/keys "$stack_home"/etc/nginx "$stack_home"/state "$stack_home"/mail \
		"$stack_home"/redis "$stack_home"/tmp/nginx)
	as_user mkdir -p "$stack_home"/log "$stack_home"/pid
}

# root has a system user of its own for this; anybody else is that user.
layout_user() {
	if [ "$(id -u)" = 0 ]; then
		stack_user=billfold
		if ! getent passwd billfold >/dev/null; then
			useradd --system --user-group --home-dir /nonexistent --no-create-home \
				--shell /usr/sbin/nologin billfold ||
				die "the system user billfold cannot be made" "make it by hand: useradd --system --user-group billfold"
		fi
	else
		stack_user=$(id -un)
	fi
}

# A home below a directory that the system user may not pass through (/root, mostly) is a
# link to a place where it may.
layout_place() {
	local parent real
	[ "$(id -u)" = 0 ] || return 0
	parent=$stack_home
	while [ ! -d "$parent" ]; do
		parent=$(dirname "$parent")
	done
	if as_user test -x "$parent"; then
		return 0
	fi
	real=/var/lib/billfold-$(printf %s "$stack_home" | cksum | cut -d' ' -f1)
	mkdir -p "$real" "$(dirname "$stack_home")"
	ln -s "$real" "$stack_home"
	note "$parent is closed to the user $stack_user: $stack_home is a link to $real"
}

# Runs a command as the user of the programs, in a plain environment.
as_user() {
	if [ "$(id -un)" = "$stack_user" ]; then
		"$@"
	else
		# From / because the caller's directory may be closed to that user.
		(cd / && exec setpriv --reuid="$stack_user" --regid="$stack_user" --init-groups -- "$@")
	fi
}

# The run directory: the one of the last start while it is there (a reboot takes it away).
layout_run_dir() {
	if [ -s "$stack_home/run" ]; then
		stack_run=$(cat "$stack_home/run")
		if [ -d "$stack_run" ]; then return 0; fi
	fi
	stack_run=$(mktemp -d /tmp/billfold-XXXXXX)
	chown "$stack_user:" "$stack_run"
	printf '%s\n' "$stack_run" >"$stack_home/run"
}

# Ports are chosen once, free ones on loopback, and kept: `port_http=…` lines.
layout_ports() {
	if [ ! -s "$stack_home/ports" ]; then
		# shellcheck disable=SC2086
		/usr/bin/python3 - http smtp $stack_programs >"$stack_home/ports.new" <<'PYTHON'
import socket, sys
held = []
for name in sys.argv[1:]:
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    held.append(s)
    print("port_%s=%d" % (name, s.getsockname()[1]))
PYTHON
		mv "$stack_home/ports.new" "$stack_home/ports"
	fi
	# shellcheck disable=SC1091
	. "$stack_home/ports"
	stack_url=http://127.0.0.1:$port_http
}

# Secrets are made once, readable by their user alone.
layout_secrets() {
	if [ ! -s "$stack_home/etc/secret" ]; then
		(umask 077 && openssl rand -base64 32 >"$stack_home/etc/secret.new") &&
			mv "$stack_home/etc/secret.new" "$stack_home/etc/secret"
	fi
	set -- "$stack_home"/etc/keys/*.pem
	if [ ! -s "$1" ]; then
		(umask 077 && openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
			-out "$stack_home/etc/keys/new" 2>/dev/null ||
			openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$stack_home/etc/keys/new" 2>/dev/null) &&
			mv "$stack_home/etc/keys/new" "$stack_home/etc/keys/$(date +%Y%m%d).pem"
	fi
	chmod 600 "$stack_home"/etc/secret "$stack_home"/etc/keys/*.pem
	chown "$stack_user:" "$stack_home"/etc/secret "$stack_home"/etc/keys/*.pem
}

# layout_fill TEMPLATE FILE: placeholders become what this home has; the file is replaced
# only when that changes it.
layout_fill() {
	local metrics='' name
	for name in $stack_programs; do
		eval "metrics=\"\$metrics -e s|@METRICS_$name@|127.0.0.1:\$port_$name|\""
	done
	# shellcheck disable=SC2086
	sed -e "s|@HOME@|$stack_home|g" -e "s|@RUN@|$stack_run|g" -e "s|@CONF@|$stack_home/etc/nginx|g" \
		-e "s|@APP@|$stack_app|g" -e "s|@URL@|$stack_url|g" -e "s|@SMTP@|127.0.0.1:$port_smtp|g" \
		-e "s|@LISTEN@|127.0.0.1:$port_http|g" -e "s|@SERVER_NAMES@|127.0.0.1 localhost|g" \
		-e "s|@WORKERS@|auto|g" -e "s|@PER_ADDRESS@|2048|g" -e "s|@API_WORKERS@|${BILLFOLD_API_WORKERS:-8}|g" \
		$metrics "$1" >"$2.new"
	if cmp -s "$2.new" "$2"; then
		rm -f "$2.new"
	else
		mv "$2.new" "$2"
	fi
}

# All configuration files, from the templates that were installed.
layout_configure() {
	local share=$stack_app/share/billfold name
	layout_fill "$share/deploy/billfold.conf.in" "$stack_home/etc/billfold.conf"
	if [ -n "${BILLFOLD_SETTINGS:-}" ]; then
		printf '%s\n' "$BILLFOLD_SETTINGS" >>"$stack_home/etc/billfold.conf"
	fi
	layout_fill "$share/deploy/redis.conf.in" "$stack_home/etc/redis.conf"
	for name in nginx problem; do
		layout_fill "$share/nginx/$name.conf.in" "$stack_home/etc/nginx/$name.conf"
	done
	for name in "$share"/nginx/*.conf; do
		cp -f "$name" "$stack_home/etc/nginx/"
	done
	chown -R "$stack_user:" "$stack_home/etc"
}

# layout_read HOME: for stop and status, which make nothing; 1 when there is nothing.
layout_read() {
	case $1 in
	/*) stack_home=$1 ;;
	*) stack_home=$PWD/${1#./} ;;
	esac
	[ -d "$stack_home" ] || return 1
	stack_shown=$stack_home
	stack_home=$(readlink -f "$stack_home")
	if [ "$(id -u)" = 0 ]; then stack_user=billfold; else stack_user=$(id -un); fi
	stack_run=$(cat "$stack_home/run" 2>/dev/null || echo /nonexistent)
	stack_app=$stack_home/app
	# shellcheck disable=SC1091
	if [ -s "$stack_home/ports" ]; then . "$stack_home/ports" && stack_url=http://127.0.0.1:$port_http; fi
}
