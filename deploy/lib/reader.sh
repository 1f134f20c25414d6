# reader.sh - Redoc, the reader of the reference page at /docs/api: one script, from the npm registry, at
# the version below and by its digest. Sourced after say.sh.
#
# It lies in web/docs of the sources, kept out of the repository and of tarballs; `make install` takes
# it along where it is. Where it is not, the page says so and where the contract is.

reader_version=2.5.4
reader_digest=33a8d6846d6aa019c7e93166cc99ecb72099f3b1e6398fd4cc39bbf261e262284476557f61c4bda203a8d4d94496724c78bb32c4715edb215ce2c3631d3ac005

reader_is_there() {
	grep -qs "Version: \"$reader_version\"" "$1/web/docs/redoc.standalone.js.LICENSE.txt" && [ -s "$1/web/docs/redoc.standalone.js" ]
}

# reader_fetch SOURCE LOG: 1 when it cannot be had.
reader_fetch() {
	local source=$1 log=$2 made done=1
	reader_is_there "$source" && return 0
	command -v npm >/dev/null || return 1
	made=$(mktemp -d)
	if (cd "$made" && timeout 60 npm pack --silent "redoc@$reader_version") >>"$log" 2>&1 &&
		printf '%s  %s\n' "$reader_digest" "$made/redoc-$reader_version.tgz" | sha512sum --check >>"$log" 2>&1 &&
		tar -C "$made" -xf "$made/redoc-$reader_version.tgz" package/bundles >>"$log" 2>&1; then
		# The licences come last: they tell that it is whole.
		install -m 644 "$made/package/bundles/redoc.standalone.js" "$source/web/docs/" &&
			install -m 644 "$made/package/bundles/redoc.standalone.js.LICENSE.txt" "$source/web/docs/" && done=0
	fi
	rm -rf "$made"
	return $done
}
