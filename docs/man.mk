# Manual pages, each made by the program that it is about, from the tables that it runs by.
nodist_man1_MANS = docs/billfold.1
nodist_man5_MANS = docs/billfold.conf.5
nodist_man8_MANS = $(sbin_PROGRAMS:%=docs/%.8)
EXTRA_DIST += docs/conf5.awk
CLEANFILES += $(nodist_man1_MANS) $(nodist_man5_MANS) $(nodist_man8_MANS) docs/man8.stamp

docs/billfold.1: billfold$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs && ./billfold$(EXEEXT) --manual >$@.new && mv $@.new $@

# What bash completes the command line with, from the same table.
bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = docs/completion/billfold
CLEANFILES += $(nodist_bashcompletion_DATA)

docs/completion/billfold: billfold$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs/completion && ./billfold$(EXEEXT) --completion >$@.new && mv $@.new $@

docs/billfold.conf.5: $(sbin_PROGRAMS) billfold$(EXEEXT) $(srcdir)/docs/conf5.awk
	$(AM_V_GEN)$(MKDIR_P) docs && for p in $(sbin_PROGRAMS) billfold$(EXEEXT); do ./$$p --keys || exit 1; done >$@.keys && \
		$(AWK) -v version=$(PACKAGE_VERSION) -v sysconfdir=$(sysconfdir) -f $(srcdir)/docs/conf5.awk $@.keys >$@.new && \
		rm -f $@.keys && mv $@.new $@

docs/man8.stamp: $(sbin_PROGRAMS)
	$(AM_V_GEN)$(MKDIR_P) docs && for p in $(sbin_PROGRAMS); do ./$$p --manual >docs/$$p.8 || exit 1; done && touch $@

$(nodist_man8_MANS): docs/man8.stamp
