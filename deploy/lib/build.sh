# build.sh - from sources to installed programs, out of tree. Sourced after say.sh.
#
# Nothing is built twice: configure runs again when it changed, make knows the rest, and
# install leaves alone what is the same, so that a later step can ask what is new.

# build_configure SOURCE BUILD PREFIX LOG [OPTION...]
build_configure() {
	local source=$1 build=$2 prefix=$3 log=$4
	shift 4
	# Paths stand in what is compiled: built for another place, it is built anew.
	if [ -f "$build/Makefile" ] && [ -e "$build/.configured" ] && [ "$(cat "$build/.configured")" != "$source $prefix $*" ]; then
		rm -rf "$build"
	fi
	mkdir -p "$build"
	if [ ! -x "$source/configure" ] || [ "$source/configure.ac" -nt "$source/configure" ]; then
		step "making configure"
		"$source/autogen.sh" >>"$log" 2>&1 ||
			die "autogen.sh failed" "see the log" "$log"
	fi
	if [ ! -f "$build/Makefile" ] || [ "$source/configure" -nt "$build/config.status" ]; then
		step "configuring"
		(cd "$build" && "$source/configure" -q --prefix="$prefix" "$@") >>"$log" 2>&1 ||
			die "configure failed" "a line above says which library is missing or too old" "$log"
		printf '%s\n' "$source $prefix $*" >"$build/.configured"
	fi
}

# build_make BUILD LOG TARGET...
build_make() {
	local build=$1 log=$2
	shift 2
	make -s -C "$build" -j"$(nproc)" "$@" >>"$log" 2>&1 ||
		die "make $* failed" "the first error in the log is the one that counts" "$log"
}

# build_install BUILD PREFIX LOG: programs, SQL, pages and configuration below PREFIX.
build_install() {
	local build=$1 prefix=$2 log=$3
	make -s -C "$build" install prefix="$prefix" INSTALL="/usr/bin/install -C" >>"$log" 2>&1 ||
		die "make install failed" "see the log" "$log"
}
