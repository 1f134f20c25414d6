# make analyze: three static analyses of src/ (tests/README.md); what is found and right is in tests/analyze/accepted.
.PHONY: analyze
analyze:
	$(srcdir)/tests/analyze/run --build $(abs_builddir)
