# say.sh - how the scripts of deploy/ talk: steps as they happen, and an end that says what
# was wrong and what to do. Sourced; needs nothing.

say_started=$(date +%s)

# A step begins: seconds since the start, and what happens now.
step() {
	printf '[%4ds] %s\n' "$(($(date +%s) - say_started))" "$*"
}

note() {
	printf '        %s\n' "$*"
}

# die WHAT ADVICE [LOG]: what went wrong, what to do about it, the end of the log that tells why.
die() {
	printf '\nFailed: %s\n' "$1" >&2
	if [ -n "${3:-}" ] && [ -s "$3" ]; then
		printf -- '--- the last lines of %s\n' "$3" >&2
		tail -n 25 "$3" >&2
		printf -- '---\n' >&2
	fi
	printf 'What to do: %s\n' "$2" >&2
	exit 1
}
