# services.sh - starts, watches and stops the servers and programs of one home, in order.
# Sourced after say.sh and layout.sh.
#
# A running program has a file HOME/pid/NAME: its process id and, where /proc tells it, its start
# time, so that a number that was given to another process is not taken for ours, and who may send it
# no signal sees that it runs. What runs already is left running; nothing is ended by name.
#
# Limits end what is in vain and promise nothing: a busy machine needs a minute for what a quiet one
# does in a second, and who has ended is not waited for.
service_patience=60

service_start_time() {
	# Behind the name, which may have blanks: the state comes first, the start time is the 20th. A
	# process that has ended and waits for its parent to look is gone.
	local stat
	if [ ! -d /proc/self ]; then
		echo -
	elif stat=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null); then
		case $stat in
		'' | Z*) echo gone ;;
		*) printf '%s\n' "$stat" | cut -d' ' -f20 ;;
		esac
	else
		echo gone
	fi
}

service_pid() {
	local pid start
	read -r pid start 2>/dev/null <"$stack_home/pid/$1" || return 1
	[ "$start" != gone ] && [ "$start" = "$(service_start_time "$pid")" ] || return 1
	[ -d /proc/self ] || kill -0 "$pid" 2>/dev/null || return 1
	printf '%s\n' "$pid"
}

service_runs() {
	service_pid "$1" >/dev/null
}

# service_start NAME LOG COMMAND...: in a session of its own, its output to the log.
service_start() {
	local name=$1 log=$2 pid
	shift 2
	rm -f "$stack_home/pid/$name.new"
	as_user touch "$log"
	# shellcheck disable=SC2016
	as_user setsid --fork sh -c 'echo $$ >"$0"; exec "$@"' "$stack_home/pid/$name.new" "$@" \
		</dev/null >>"$log" 2>&1 9>&-
	service_await $service_patience "a process id of $name" test -s "$stack_home/pid/$name.new" ||
		die "$name did not start" "see its log" "$log"
	pid=$(cat "$stack_home/pid/$name.new")
	printf '%s %s\n' "$pid" "$(service_start_time "$pid")" >"$stack_home/pid/$name"
	rm -f "$stack_home/pid/$name.new"
}

# service_up NAME SECONDS COMMAND...: until it succeeds; 1 when time is up or the process has ended.
service_up() {
	local name=$1 end=$(($(date +%s) + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$end" ] || ! service_runs "$name"; then return 1; fi
		sleep 0.05
	done
}

# service_await SECONDS WHAT COMMAND...: until it succeeds; 1 when time is up.
service_await() {
	local end=$(($(date +%s) + $1))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$end" ]; then return 1; fi
		sleep 0.05
	done
}

# service_stop NAME SIGNAL SECONDS: the signal, then KILL when time is up.
service_stop() {
	local name=$1 pid end
	if pid=$(service_pid "$1"); then
		kill -s "$2" "$pid" 2>/dev/null || true
		end=$(($(date +%s) + $3))
		while service_runs "$1"; do
			if [ "$(date +%s)" -ge "$end" ]; then
				note "$1 did not stop in $3 s: killed"
				kill -s KILL "$pid" 2>/dev/null || true
				service_await $service_patience "the end of $1" eval '! service_runs "$name"' || true
				break
			fi
			sleep 0.05
		done
	fi
	rm -f "$stack_home/pid/$1"
}

# ---- PostgreSQL ----

pg_super() {
	as_user "$stack_pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$stack_run" -U postgres "$@"
}

pg_make() {
	local log=$stack_home/log/postgresql.log
	as_user touch "$log"
	as_user mkdir -p -m 700 "$stack_home/pg"
	as_user "$stack_pg_bin/initdb" -D "$stack_home/pg" -U postgres -A peer -E UTF8 --locale=C.UTF-8 \
		--no-sync >>"$log" 2>&1 ||
		die "initdb failed" "see the log; $stack_home/pg must be empty and on a disk with room" "$log"
	{
		printf "listen_addresses = ''\nport = 5432\nmax_connections = 200\n"
		printf "unix_socket_permissions = 0700\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
		printf "log_line_prefix = '%%m [%%p] %%u %%a '\nlog_statement = none\nlog_parameter_max_length_on_error = 0\n"
		printf "shared_buffers = 256MB\nmax_wal_size = 2GB\nrandom_page_cost = 1.1\n"
		if [ -n "${BILLFOLD_THROWAWAY:-}" ]; then
			printf "fsync = off\nfull_page_writes = off\n"
		fi
	} >>"$stack_home/pg/postgresql.conf"
}

# Only the programs' user and root may connect, as whichever role they name: the socket tells
# who is at the other end. A release with a new program has a new role.
pg_access() {
	local role os
	layout_put "$stack_home/pg/pg_hba.conf" < <(printf 'local all all peer map=billfold\n')
	layout_put "$stack_home/pg/pg_ident.conf" < <(for os in root "$stack_user"; do
		for role in postgres billfold_migrate billfold_admin $(printf 'billfold_%s ' $stack_programs); do
			printf 'billfold %s %s\n' "$os" "$role"
		done
	done)
	chown "$stack_user:" "$stack_home/pg/pg_hba.conf" "$stack_home/pg/pg_ident.conf"
	case $stack_changed in
	*pg_*) if service_runs postgresql; then kill -s HUP "$(service_pid postgresql)"; fi ;;
	esac
}

# A server of this cluster that we have lost sight of is ended: two would destroy it. What a server
# that was killed has left behind is taken away: its number may be another process's by now.
pg_clear() {
	local pid
	pid=$(head -n 1 "$stack_home/pg/postmaster.pid" 2>/dev/null) || return 0
	if kill -0 "$pid" 2>/dev/null && { [ ! -d /proc/self ] || [ "$(readlink -f "/proc/$pid/cwd")" = "$stack_home/pg" ]; }; then
		note "a PostgreSQL of this home runs already (process $pid): it is ended first"
		as_user "$stack_pg_bin/pg_ctl" -D "$stack_home/pg" -m fast -t 60 stop >>"$stack_home/log/postgresql.log" 2>&1 ||
			die "process $pid holds $stack_home/pg and does not end" "end it, then call again" "$stack_home/log/postgresql.log"
	fi
	rm -f "$stack_home/pg/postmaster.pid"
}

pg_up() {
	local try
	# One that was cut off while it was made has nothing to lose.
	if [ -e "$stack_home/pg.making" ]; then rm -rf "$stack_home/pg" "$stack_home/pg.making"; fi
	if [ ! -s "$stack_home/pg/PG_VERSION" ]; then
		as_user touch "$stack_home/pg.making"
		pg_make
		rm -f "$stack_home/pg.making"
	fi
	pg_access
	service_runs postgresql && return 0
	pg_clear
	# Processes of one that was just killed hold its memory until they are gone.
	for try in $(seq 20); do
		service_start postgresql "$stack_home/log/postgresql.log" \
			"$stack_pg_bin/postgres" -D "$stack_home/pg" -c unix_socket_directories="$stack_run"
		service_up postgresql $service_patience as_user "$stack_pg_bin/pg_isready" -q -h "$stack_run" -U postgres && return 0
		sleep 1
	done
	die "PostgreSQL does not answer (tried $try times)" "see its log" "$stack_home/log/postgresql.log"
}

# ---- Redis, mail, nginx ----

redis_up() {
	service_runs redis && return 0
	service_start redis "$stack_home/log/redis.log" redis-server "$stack_home/etc/redis.conf"
	service_up redis $service_patience as_user redis-cli -s "$stack_run/redis.sock" ping ||
		die "Redis does not answer" "see its log" "$stack_home/log/redis.log"
}

mail_up() {
	service_runs mail && return 0
	service_start mail "$stack_home/log/mail.log" \
		/usr/bin/python3 "$stack_app/share/billfold/deploy/mailsink.py" "$port_smtp" "$stack_home/mail"
	service_up mail $service_patience port_answers "$port_smtp" ||
		die "the mail catcher does not answer on port $port_smtp" "see its log; a port that was taken meanwhile is replaced by the next call" "$stack_home/log/mail.log"
}

# Workers of a master that was killed go on listening. They are ours when they write our log. They have the port until they
# are gone, and a signal is not yet that.
nginx_clear() {
	local dir
	[ -d /proc/self ] || return 0
	for dir in /proc/[0-9]*; do
		case $(tr '\0' ' ' 2>/dev/null <"$dir/cmdline") in
		nginx:*) ;;
		*) continue ;;
		esac
		if readlink "$dir"/fd/* 2>/dev/null | grep -qxF "$stack_home/log/nginx-access.log"; then
			kill -s KILL "${dir#/proc/}" 2>/dev/null || true
			service_await $service_patience "the end of a worker" eval '[ "$(service_start_time "${dir#/proc/}")" = gone ]' ||
				note "process ${dir#/proc/}, a worker of an nginx that was killed, does not end"
		fi
	done
}

nginx_up() {
	local log=$stack_home/log/nginx-error.log
	if service_runs nginx; then
		# What changed of its files is read anew.
		case $stack_changed in
		*[!\ ]*) kill -s HUP "$(service_pid nginx)" ;;
		esac
		return 0
	fi
	as_user touch "$log"
	as_user nginx -q -t -e "$log" -c "$stack_home/etc/nginx/nginx.conf" >>"$log" 2>&1 ||
		die "nginx refuses its configuration" "see its log" "$log"
	service_start nginx "$log" nginx -e "$log" -c "$stack_home/etc/nginx/nginx.conf" -g 'daemon off;'
	service_up nginx $service_patience port_answers "$port_http" ||
		die "nginx does not answer on port $port_http" "see its log; a port that was taken meanwhile is replaced by the next call" "$log"
}

# What is under way is finished; a master that is killed would leave its workers behind.
nginx_down() {
	local pid
	if pid=$(service_pid nginx); then
		kill -s QUIT "$pid" 2>/dev/null || true
		service_await 5 "the end of nginx" eval '! service_runs nginx' || true
	fi
	service_stop nginx TERM 20
}

port_answers() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ---- Billfold's own programs ----

program_path() {
	local place
	for place in sbin bin; do
		if [ -x "$stack_app/$place/billfold-$1" ]; then
			printf '%s\n' "$stack_app/$place/billfold-$1"
			return 0
		fi
	done
	return 1
}

program_port() {
	eval "printf '%s\\n' \"\$port_$1\""
}

program_ready() {
	curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$(program_port "$1")/ready"
}

programs_up() {
	local name path
	for name in $stack_programs; do
		path=$(program_path "$name") || continue
		service_runs "billfold-$name" && continue
		service_start "billfold-$name" "$stack_home/log/billfold-$name.log" \
			"$path" -c "$stack_home/etc/billfold.conf"
	done
	for name in $stack_programs; do
		program_path "$name" >/dev/null || continue
		service_up "billfold-$name" $service_patience program_ready "$name" ||
			die "billfold-$name is not ready" "see its log; its own word: curl http://127.0.0.1:$(program_port "$name")/ready" "$stack_home/log/billfold-$name.log"
	done
}

programs_down() {
	local name
	for name in $stack_programs; do
		service_stop "billfold-$name" TERM 20
	done
}

# ---- all of it ----

services_down() {
	if [ -n "${BILLFOLD_THROWAWAY:-}" ]; then
		service_stop nginx TERM 20
		programs_down
		service_stop mail KILL 5
		service_stop redis KILL 10
		service_stop postgresql QUIT 30
	else
		nginx_down
		programs_down
		service_stop mail TERM 5
		service_stop redis TERM 10
		service_stop postgresql INT 30
	fi
	case $stack_run in
	/tmp/billfold-*) rm -rf "$stack_run" ;;
	esac
	rm -f "$stack_home/run"
}

services_status() {
	local name pid down=0
	for name in postgresql redis mail billfold-api billfold-scheduler billfold-invoiced billfold-paymentd \
		billfold-maild billfold-syncd nginx; do
		case $name in
		billfold-*) program_path "${name#billfold-}" >/dev/null || continue ;;
		esac
		if pid=$(service_pid "$name"); then
			printf '%-20s runs, process %s\n' "$name" "$pid"
		else
			printf '%-20s does not run\n' "$name"
			down=3
		fi
	done
	return $down
}
