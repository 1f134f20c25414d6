# The register of postings, made from the table by which the product posts; tests/lint sees that it is.
noinst_PROGRAMS += docs/postings
docs_postings_SOURCES = docs/postings.c
docs_postings_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS)
EXTRA_DIST += docs/postings.md

.PHONY: postings
postings: docs/postings$(EXEEXT)
	$(AM_V_GEN)docs/postings$(EXEEXT) $(srcdir)/sql/seed/ledger.chart_account.csv >docs/postings.new && \
		mv docs/postings.new $(srcdir)/docs/postings.md
