# layout.sh - where a private Billfold lives, and as whom: paths, system user, ports, keys,
# configuration files. Sourced after say.sh; sets the stack_* variables.
#
#   HOME_DIR/app      installed programs, SQL, pages      HOME_DIR/etc    configuration, secret, keys
#   HOME_DIR/pg       the PostgreSQL cluster              HOME_DIR/redis  Redis' append-only file
#   HOME_DIR/state    documents                           HOME_DIR/mail   Maildir of caught mail
#   HOME_DIR/log      one log a program                   HOME_DIR/pid    one file a running program
#   HOME_DIR/billfold the command line, with this home's configuration (quickstart's)
# Sockets lie in a short directory of their own (a socket's path may have 107 bytes), named by
# HOME_DIR/run. As root everything runs as the system user `billfold`, never as root.

stack_programs="api scheduler invoiced paymentd maild syncd"
stack_pg_bin=/usr/lib/postgresql/15/bin

# layout_open HOME: makes what is missing and reads what is there. stack_shown is the path as it was
# given, stack_home the one without links, which every program can enter.
layout_open() {
	case $1 in
	/*) stack_home=$1 ;;
	*) stack_home=$PWD/${1#./} ;;
	esac
	umask 022
	layout_user
	if [ ! -d "$stack_home" ]; then layout_place; fi
	mkdir -p "$stack_home" || die "$stack_home cannot be made" "set BILLFOLD_HOME to a directory that you may write to"
	stack_shown=$stack_home
	stack_home=$(readlink -f "$stack_home")
	layout_is_plain "$stack_home" ||
		die "the path '$stack_home' has a blank or a special character" "set BILLFOLD_HOME to a directory that is not there yet, or to a plainer path"
	layout_own
	if [ "$stack_user" != "$(id -un)" ]; then
		# The build tree stays the builder's; all else is the programs'.
		chown "$stack_user:" "$stack_home"
		as_user test -x "$stack_home" ||
			die "the user $stack_user cannot enter $stack_home" "set BILLFOLD_HOME to a directory that others may pass through, such as /var/lib/billfold-quickstart"
	fi
	(umask 077 && as_user mkdir -p "$stack_home"/etc/keys "$stack_home"/etc/nginx/billfold "$stack_home"/state "$stack_home"/mail \
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

# A home belongs to one user: its files, its database and its processes.
layout_own() {
	local owner
	owner=$(stat -c %U "$stack_home/etc" 2>/dev/null || echo "$stack_user")
	if [ "$owner" != "$stack_user" ] || ! as_user test -w "$stack_home" && [ "$(id -u)" != 0 ]; then
		die "$stack_shown is the user $owner's" "call as $([ "$owner" = billfold ] && echo root || echo "$owner"), or set BILLFOLD_HOME to a place of your own"
	fi
}

# What every configuration file, make and shell take as it is.
layout_is_plain() {
	case $1 in
	*[!A-Za-z0-9/._+-]*) return 1 ;;
	esac
	[ "${#1}" -le 200 ]
}

# A home that programs cannot use where it is becomes a link to a place where they can: below a
# directory that the system user may not pass through (/root, mostly), or with a path that is not plain.
layout_place() {
	local parent real why
	parent=$stack_home
	while [ ! -d "$parent" ]; do
		parent=$(dirname "$parent")
	done
	if ! layout_is_plain "$stack_home"; then
		why="its path has a blank or a special character, or is very long"
	elif ! as_user test -x "$parent"; then
		why="$parent is closed to the user $stack_user"
	else
		return 0
	fi
	if [ "$(id -u)" = 0 ]; then real=/var/lib; else real=${XDG_DATA_HOME:-$HOME/.local/share}; fi
	real=$real/billfold-$(printf %s "$stack_home" | cksum | cut -d' ' -f1)
	layout_is_plain "$real" || die "the paths '$stack_home' and '$real' are not plain" "set BILLFOLD_HOME to a path without blanks"
	mkdir -p "$real" "$(dirname "$stack_home")"
	ln -sfn "$real" "$stack_home"
	note "$stack_home is a link to $real: $why"
}

# Before something of a home is ended or removed: root may, and who it belongs to.
layout_take() {
	if [ "$(id -u)" != 0 ]; then layout_own; fi
	layout_lock
}

# One at a time: two that start the same home would take each other's servers for strangers.
layout_lock() {
	exec 9>"$stack_home/lock"
	flock -n 9 || die "another quickstart is at work on $stack_shown" "wait until it has ended, then call again"
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

# Ports are chosen once, free ones on loopback, and kept: `port_http=…` lines. One that somebody
# else has taken while its server did not run is replaced; a program that is new gets one. They lie below those
# that the system hands out by itself, to whoever connects somewhere at the wrong moment, and are drawn at random, so that
# two that start at once do not meet.
layout_ports() {
	local names='' name
	for name in http:nginx smtp:mail $stack_programs; do
		case $name in
		*:*) ;;
		*) name=$name:billfold-$name ;;
		esac
		if service_runs "${name#*:}"; then names="$names ${name%:*}:runs"; else names="$names ${name%:*}:down"; fi
	done
	# shellcheck disable=SC2086
	/usr/bin/python3 - "$stack_home/ports" $names >"$stack_home/ports.new" <<'PYTHON'
import os, random, socket, sys
file, names = sys.argv[1], sys.argv[2:]
kept, held = {}, []
with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
    low = int(f.read().split()[0])
ports = range(max(low - 16384, 1024), low) or range(0, 1)
def bind(s, wanted):
    for port in [wanted] if wanted else random.sample(ports, min(len(ports), 100)):
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            pass
    return False
if os.path.exists(file):
    with open(file) as f:
        kept = dict(line.strip().removeprefix("port_").split("=") for line in f if "=" in line)
for word in names:
    name, state = word.split(":")
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = int(kept.get(name, 0))
    if not (port and state == "runs"):
        if port and not bind(s, port):
            print("        port %d is somebody else's by now: %s gets another" % (port, name), file=sys.stderr)
            port = 0
        if not port and not bind(s, 0):
            s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    held.append(s)
    print("port_%s=%d" % (name, port))
PYTHON
	mv "$stack_home/ports.new" "$stack_home/ports"
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

# layout_put FILE: what comes by standard input becomes the file, if that changes it; stack_changed
# has the names of those that changed.
stack_changed=
layout_put() {
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then
		rm -f "$1.new"
	else
		mv "$1.new" "$1"
		stack_changed="$stack_changed ${1##*/}"
	fi
}

# layout_fill TEMPLATE: its text, with what this home has in the places of its @NAMES@.
layout_fill() {
	local metrics='' name
	for name in $stack_programs; do
		eval "metrics=\"\$metrics -e s|@METRICS_$name@|127.0.0.1:\$port_$name|\""
	done
	# shellcheck disable=SC2086
	sed -e "s|@HOME@|$stack_home|g" -e "s|@RUN@|$stack_run|g" \
		-e "s|@APP@|$stack_app|g" -e "s|@URL@|$stack_url|g" -e "s|@SMTP@|127.0.0.1:$port_smtp|g" \
		-e "s|@LISTEN@|127.0.0.1:$port_http|g" -e "s|@SERVER_NAMES@|127.0.0.1 localhost|g" \
		-e "s|@WORKERS@|auto|g" -e "s|@PER_ADDRESS@|2048|g" -e "s|@API_WORKERS@|${BILLFOLD_API_WORKERS:-8}|g" \
		$metrics "$1"
}

# Passes a configuration on without the keys that these settings give.
layout_without() {
	local key script=''
	for key in $(printf '%s\n' "$1" | sed -n 's/^\([a-z_]*\) *=.*/\1/p'); do
		script="$script/^$key *=/d;"
	done
	sed -e "$script"
}

# All configuration files, from the templates that were installed.
layout_configure() {
	local share=$stack_app/share/billfold name
	# Not by a pipe: what changed is to be known here. Settings stand in the place of the template's.
	layout_put "$stack_home/etc/billfold.conf" < <(layout_fill "$share/deploy/billfold.conf.in" |
		layout_without "${BILLFOLD_SETTINGS:-}" &&
		if [ -n "${BILLFOLD_SETTINGS:-}" ]; then printf '%s\n' "$BILLFOLD_SETTINGS"; fi)
	layout_put "$stack_home/etc/redis.conf" < <(layout_fill "$share/deploy/redis.conf.in")
	layout_put "$stack_home/etc/nginx/nginx.conf" < <(layout_fill "$share/nginx/nginx.conf.in")
	for name in "$share"/nginx/billfold/*.conf; do
		layout_put "$stack_home/etc/nginx/billfold/${name##*/}" <"$name"
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
