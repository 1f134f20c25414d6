# What an installed Billfold reads beside its programs, below $(pkgdatadir): SQL for migrate,
# pages, nginx' configuration, templates and tools of quickstart.

EXTRA_DIST += autogen.sh README.md CONTRIBUTING.md .clang-format .editorconfig

install-data-local:
	@cd $(srcdir) && find sql nginx web -type f ! -name '*.md' | while read -r f; do \
		d="$(DESTDIR)$(pkgdatadir)/$${f%/*}"; \
		test -d "$$d" || $(MKDIR_P) "$$d"; \
		cmp -s "$$f" "$$d/$${f##*/}" || $(INSTALL_DATA) "$$f" "$$d/" || exit 1; done
	@$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/deploy"
	@cd $(srcdir)/deploy && for f in *.conf.in lib/*.py; do \
		cmp -s "$$f" "$(DESTDIR)$(pkgdatadir)/deploy/$${f##*/}" || \
		$(INSTALL_DATA) "$$f" "$(DESTDIR)$(pkgdatadir)/deploy/" || exit 1; done
	@cd "$(DESTDIR)$(pkgdatadir)" && for t in sql nginx web; do test ! -d "$$t" || find "$$t" -type f; done | \
		while read -r f; do test -e "$(abs_srcdir)/$$f" || rm -f "$$f"; done

uninstall-local:
	rm -rf "$(DESTDIR)$(pkgdatadir)"

# Whole rooms and not lists of files: what is in them belongs to them.
dist-hook:
	tar -C $(srcdir) --exclude=node_modules --exclude=__pycache__ --exclude=.pytest_cache --exclude=redoc.standalone.* -cf - \
		include src sql nginx web deploy debian tests docs .ci | tar -C $(distdir) -xf -
