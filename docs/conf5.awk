# conf5.awk - billfold.conf(5), from what every program says of its keys (billfold-PROGRAM --keys):
# program, key, type, default ("-": required), words; separated by tabs. A key that several
# programs read is told once, in the order in which it is first met; of the command line's, which comes
# last, what no program reads.
BEGIN { FS = "\t" }

function roff(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

$1 == "billfold" && $2 in words { next }

{
	if (!($1 in program)) {
		program[$1] = 1
		programs++
	}
	if (!($2 in words)) {
		order[++n] = $2
		words[$2] = $5
		type[$2] = $3
		given[$2] = $4
	}
	readers[$2] = readers[$2] (readers[$2] ? ", " : "") $1
	count[$2]++
}

function entry(k,    text) {
	print ".TP\n\\fB" k "\\fR (" type[k] ", " (given[k] == "-" ? "required" : given[k] == "" ? "empty" : "default " roff(given[k])) ")"
	text = roff(words[k])
	print (text ~ /^[.']/ ? "\\&" : "") toupper(substr(text, 1, 1)) substr(text, 2) "."
	if (count[k] > 1)
		print "Read by " (count[k] == programs - 1 ? "all programs" : roff(readers[k])) "."
}

END {
	print ".TH BILLFOLD.CONF 5 \"\" \"Billfold " version "\" \"Billfold\""
	print ".nh\n.SH NAME\nbillfold.conf \\- the configuration of all programs of Billfold"
	print ".SH DESCRIPTION"
	print "One file for all programs, by default " roff(sysconfdir) "/billfold/billfold.conf. A line is"
	print "\\fIkey\\fR = \\fIvalue\\fR; text stands in double quotes, what follows a # is passed over."
	print "A key that no program knows, a key that stands twice and a value of the wrong type are errors, told"
	print "with file and line, and the program does not start. Programs read it at their start and on SIGHUP."
	print ".PP\nWhere a path is asked for, \"credential:NAME\" is the file of that name that the service manager"
	print "has laid down for the unit."
	print ".PP\nThe file may hold the passwords of the mail server and of the mailbox: it belongs to the programs' user, mode 0640."
	print ".SH \"KEYS OF SEVERAL PROGRAMS\""
	for (i = 1; i <= n; i++)
		if (count[order[i]] > 1)
			entry(order[i])
	print ".SH \"KEYS OF ONE PROGRAM\""
	for (i = 1; i <= n; i++) {
		if (count[order[i]] > 1)
			continue
		if (readers[order[i]] != section) {
			section = readers[order[i]]
			print ".SS " roff(section)
		}
		entry(order[i])
	}
	print ".SH EXAMPLE\n.nf"
	print "database = \"host=/run/postgresql dbname=billfold\"\nredis = \"/run/redis/redis.sock\""
	print "run_dir = \"/run/billfold\"\nstate_dir = \"/var/lib/billfold\"\nkeys_dir = \"/etc/billfold/keys\""
	print "secret_file = \"/etc/billfold/secret\"\npublic_url = \"https://billing.example.com\""
	print "smtp_url = \"smtp://mail.example.com:587\"\nmail_from = \"billing@example.com\"\n.fi"
	print ".SH \"SEE ALSO\"\n\\fBbillfold\\fR(1), \\fBbillfold\\-api\\fR(8)"
}
